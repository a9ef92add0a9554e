import { rename, rm, stat } from 'node:fs/promises';
import { type ArtifactParts, buildArtifact, loadArtifact, saveArtifact } from '../../artifact/index.ts';
import { type Context, GraftError, InputError, version } from '../../base/index.ts';
import {
  crossNovelty,
  expectedCalibrationError,
  fitNovelty,
  fitTemperature,
  noveltyOf,
  softmax,
  thresholdAt,
} from '../../evidence/index.ts';
import type { FittedHead, Folds, Params } from '../../methods/index.ts';
import { parseDevice } from '../../runtime/index.ts';
import type { OutOfFold } from '../audit.ts';
import type { Images } from '../images.ts';
import { viewOf } from '../network.ts';
import type { FitResult, Score } from '../results.ts';
import { type TrainedOn, trainedOn, trainingHash } from '../runs.ts';
import { scoreImages } from '../score-images.ts';
import { confusionRows, metricsOf } from '../score-table.ts';
import type { Spec } from './candidates.ts';
import { pick } from './splits.ts';
import { codesAt, tableOf } from './table.ts';

/** What the winner is finished from. */
export interface FinishInput {
  readonly spec: Spec;
  readonly params: Params;
  readonly images: Images;
  readonly view: FitResult['view'];
  /** Rows of the cross-validation, their folds, and the winner's out-of-fold logits. */
  readonly rows: Int32Array;
  readonly folds: Folds;
  readonly logits: Float32Array;
  readonly holdout: Int32Array;
  /** One number a row of `images`. */
  readonly groups: Int32Array;
  readonly balanced: boolean;
  readonly refuse: number;
  readonly metric: string;
}

/** The winner measured, ready to be written. */
export interface Finished {
  readonly metrics: Readonly<Record<string, Score>>;
  readonly holdout: FitResult['holdout'];
  readonly unknown: FitResult['unknown'];
  readonly calibration: FitResult['calibration'];
  readonly outOfFold: OutOfFold;
  readonly head: FittedHead;
  /** The images that the head was fitted on. */
  readonly record: readonly TrainedOn[];
  readonly parts: Omit<ArtifactParts, 'scores'>;
}

/** Share of one's own images that may be called unknown, where the user does not say. */
export const DEFAULT_REFUSE = 0.02;

/** Calibrates and measures the winner, opens the holdout, and refits on all images. */
export async function finishWinner(input: FinishInput, context: Context): Promise<Finished> {
  const { spec, params, images, rows, folds, logits, holdout, groups, balanced } = input;
  const classes = images.classes.length;
  const labels = pick(images.labels, rows);
  const codes = codesAt(images.codes, spec.taps, rows);
  const { temperature } = fitTemperature({ classes, scores: logits, labels });
  const outOfFold = { classes, scores: softmax(logits, classes, temperature), labels };
  const metrics = metricsOf(outOfFold, pick(groups, rows), context.seed);
  const novelty = crossNovelty(codes, labels, folds, { seed: context.seed });
  const { threshold, refused } = thresholdAt(novelty, input.refuse);

  context.report({ step: 'Fitting the winner on all images', done: 0 });
  const quiet = { ...context, report: () => {} };
  const fitOn = (at: Int32Array) => {
    const table = tableOf(codesAt(images.codes, spec.taps, at), pick(images.labels, at), classes, balanced);
    return spec.method.fit(table, params, quiet);
  };
  const held = holdout.length === 0 ? null : await scoreHoldout(await fitOn(rows), temperature, input, context.seed);
  const everything = Int32Array.from([...rows, ...holdout]).sort();
  const head = await fitOn(everything);
  const record = trainedOn(images, everything);
  const perClass = images.classes.map((_, c) =>
    everything.reduce((count, row) => count + (images.labels[row] === c ? 1 : 0), 0),
  );
  return {
    metrics,
    holdout: held,
    unknown: { threshold, refused: refused.mean },
    calibration: { temperature, ece: metrics[expectedCalibrationError.id]?.mean ?? Number.NaN },
    outOfFold: { rows, logits, temperature, novelty },
    head,
    record,
    parts: {
      backbone: spec.network.backbone,
      taps: spec.taps.map((id) => spec.network.taps.find((tap) => tap.id === id)!),
      head,
      method: spec.method.id,
      labels: images.classes,
      temperature,
      view: viewOf(spec.network.backbone, input.view.id),
      unknown: {
        novelty: fitNovelty(codesAt(images.codes, spec.taps, everything), pick(images.labels, everything), {
          seed: context.seed,
        }),
        threshold,
        refused: refused.mean,
      },
      training: { examples: everything.length, perClass, hash: trainingHash(record) },
      seed: context.seed,
      versions: { graftwork: version },
      update: { view: input.view.id, balanced, refuse: input.refuse, folds: folds.count },
    },
  };
}

async function scoreHoldout(
  head: FittedHead,
  temperature: number,
  input: FinishInput,
  seed: number,
): Promise<FitResult['holdout']> {
  const { images, spec, holdout, groups, metric } = input;
  const classes = images.classes.length;
  const logits = await head.predict(codesAt(images.codes, spec.taps, holdout));
  const predictions = { classes, scores: softmax(logits, classes, temperature), labels: pick(images.labels, holdout) };
  const metrics = metricsOf(predictions, pick(groups, holdout), seed);
  return { examples: holdout.length, score: metrics[metric]!, metrics, confusion: confusionRows(predictions) };
}

/** Largest difference between a probability computed here and one that the written file gives. */
const TOLERANCE = 1e-4;

/**
 * Writes the model, opens it again and scores images through it as any application would, from their files. It only takes its
 * name once every probability agrees.
 *
 * @param rows the images to check with
 * @returns the size of the file in bytes
 */
export async function writeChecked(
  parts: ArtifactParts,
  path: string,
  images: Images,
  rows: Int32Array,
  device: string | undefined,
  context: Context,
): Promise<number> {
  const unchecked = `${path}.${process.pid}.unchecked`;
  try {
    await saveArtifact(buildArtifact(parts), unchecked);
    await rescore(unchecked, parts, images, rows, device, context);
    await rename(unchecked, path);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.message.replaceAll(unchecked, path), {
      fix: error.fix ?? 'Pass another --out',
      cause: error,
    });
  } finally {
    await rm(unchecked, { force: true });
  }
  return (await stat(path)).size;
}

async function rescore(
  path: string,
  parts: ArtifactParts,
  images: Images,
  rows: Int32Array,
  device: string | undefined,
  context: Context,
) {
  const classes = parts.labels.length;
  const taps = parts.taps.map(({ id }) => id);
  const expected = softmax(await parts.head.predict(codesAt(images.codes, taps, rows)), classes, parts.temperature);
  const novelty =
    parts.unknown === null ? undefined : noveltyOf(parts.unknown.novelty, codesAt(images.codes, taps, rows));
  const examples = Array.from(rows, (row) => images.examples[row]!);
  const place = new Map(examples.map((example, i) => [example, i]));
  const artifact = await loadArtifact(path, { device: parseDevice(device ?? 'cpu'), threads: 2 });
  const step = {
    ...context,
    report: ({ done, total }: { done: number; total?: number }) =>
      context.report({
        step: 'Checking the written model',
        done,
        ...(total !== undefined && { total }),
        unit: 'images',
      }),
  };
  let checked = 0;
  try {
    for await (const batch of scoreImages(artifact, examples, step, () => {})) {
      checked += batch.examples.length;
      batch.examples.forEach((example, i) => {
        const at = place.get(example)!;
        const got = batch.outputs.probabilities.subarray(i * classes, (i + 1) * classes);
        const want = expected.subarray(at * classes, (at + 1) * classes);
        checkRow(example.file, got, want);
        if (novelty !== undefined && !(Math.abs(batch.outputs.novelty[i]! - novelty[at]!) <= TOLERANCE)) {
          throw new GraftError(
            `The written model gives ${example.file} the novelty ${batch.outputs.novelty[i]}, not ${novelty[at]}`,
            DISAGREES,
          );
        }
      });
    }
    if (checked === 0)
      throw new InputError('Cannot check the written model: none of its images can be read any more', UNREAD);
  } finally {
    await artifact.release();
  }
}

const UNREAD = { fix: 'Leave the image files in place while graft runs' };

const DISAGREES = {
  fix: 'Nothing was written. This is a defect of graftwork, or the image file changed during the run: please report it',
};

function checkRow(file: string, got: Float32Array, want: Float32Array): void {
  for (let c = 0; c < want.length; c++) {
    if (!(Math.abs(got[c]! - want[c]!) <= TOLERANCE)) {
      throw new GraftError(
        `The written model gives ${file} the probability ${got[c]} where ${want[c]} was computed`,
        DISAGREES,
      );
    }
  }
  const first = want.indexOf(Math.max(...want));
  const top = Math.max(...got);
  if (top - got[first]! > TOLERANCE)
    throw new GraftError(`The written model labels ${file} otherwise than computed`, DISAGREES);
}
