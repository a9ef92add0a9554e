import { loadArtifact } from '../artifact/index.ts';
import { formatCount, InputError } from '../base/index.ts';
import type { Skipped } from '../data/index.ts';
import type { Cache } from '../features/index.ts';
import { parseDevice } from '../runtime/index.ts';
import { cacheOf, contextOf } from './context.ts';
import { listImages } from './images.ts';
import type { Follow } from './offload.ts';
import type { EvaluateOptions } from './options.ts';
import type { EvaluateResult } from './results.ts';
import { loadRun } from './runs.ts';
import { scoreImages } from './score-images.ts';
import { classReports, confusionRows, metricsOf } from './score-table.ts';

/** `evaluate` in the thread it is called on. */
export async function runEvaluate(options: EvaluateOptions, follow: Follow): Promise<EvaluateResult> {
  const context = contextOf(follow);
  const listed = await listImages(options.data, options, context, 'required');
  const tests = listed.examples.filter(({ split }) => split === 'test');
  // With a test folder beside others, what is not in it was there to be learnt from.
  const testOnly = tests.length > 0 && tests.length < listed.examples.length;
  const dataset = testOnly ? { ...listed, examples: tests } : listed;
  const artifact = await loadArtifact(options.model, {
    device: parseDevice(options.device ?? 'cpu'),
    threads: options.workers ?? 2,
  });
  try {
    const { labels: known, unknown } = artifact.metadata;
    const classOf = dataset.classes.map((label) => known.indexOf(label));
    const usable = dataset.examples.filter(({ label }) => label >= 0 && classOf[label]! >= 0);
    if (usable.length === 0) {
      throw new InputError(
        `Cannot evaluate on ${options.data}: ${dataset.classes.length === 0 ? 'it has no labels' : `none of its classes (${dataset.classes.join(', ')}) is one of the model's`}`,
        {
          fix: `Give the folder above class folders that are named as the model does: ${known.join(', ')}`,
        },
      );
    }
    const skipped: Skipped[] = [...dataset.skipped];
    const labels: number[] = [];
    const groups: string[] = [];
    const rows: Float32Array[] = [];
    const learnt = await trainedHashes(cacheOf(options), artifact.metadata.training.hash);
    let refused = 0;
    let seen = 0;
    for await (const batch of scoreImages(artifact, usable, context, (one) => skipped.push(one))) {
      rows.push(batch.outputs.probabilities);
      batch.examples.forEach((example, i) => {
        if (learnt.has(batch.hashes[i]!)) seen++;
        labels.push(classOf[example.label]!);
        groups.push(example.group ?? example.file);
        if (unknown !== null && batch.outputs.novelty[i]! > unknown.threshold) refused++;
      });
    }
    if (labels.length === 0)
      throw new InputError(`No image in ${options.data} could be read`, { fix: 'graft inspect lists the reasons' });
    const predictions = { classes: known.length, scores: joined(rows), labels: Int32Array.from(labels) };
    return {
      model: options.model,
      examples: labels.length,
      metrics: metricsOf(predictions, numbered(groups), 0),
      classes: classReports(predictions, known),
      confusion: confusionRows(predictions),
      labels: known,
      refused: refused / labels.length,
      skipped,
      notes: [
        ...(testOnly ? ['Only the test images are counted: the others may be what the model learnt from'] : []),
        ...(seen > 0
          ? [`The model was made from ${seen} of these ${formatCount(labels.length, 'image')}: the numbers flatter`]
          : []),
        ...notesOf(dataset.classes, classOf, known, dataset.examples.length - usable.length),
      ],
    };
  } finally {
    await artifact.release();
  }
}

/** Files that the model was made from, where the cache still knows them. */
async function trainedHashes(cache: Cache, training: string): Promise<ReadonlySet<string>> {
  return new Set((await loadRun(cache, training))?.map(({ sha256 }) => sha256));
}

function notesOf(
  classes: readonly string[],
  classOf: readonly number[],
  known: readonly string[],
  left: number,
): readonly string[] {
  const foreign = classes.filter((_, i) => classOf[i]! < 0);
  const absent = known.filter((label) => !classes.includes(label));
  return [
    ...(foreign.length > 0
      ? [`The model does not know ${foreign.join(', ')}: ${formatCount(left, 'image')} left out`]
      : []),
    ...(absent.length > 0 ? [`No image of ${absent.join(', ')}`] : []),
  ];
}

function joined(rows: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(rows.reduce((total, row) => total + row.length, 0));
  let at = 0;
  for (const row of rows) {
    all.set(row, at);
    at += row.length;
  }
  return all;
}

/** One number for each distinct name. */
function numbered(names: readonly string[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(names, (name) => {
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  });
}
