import { type Context, formatCount, formatPercent, Random } from '../../base/index.ts';
import { type Dataset, makeFolds, type View } from '../../data/index.ts';
import { correctness, logLoss, softmax } from '../../evidence/index.ts';
import type { Cache } from '../../features/index.ts';
import { type Folds, softmax as softmaxRegression } from '../../methods/index.ts';
import { codesOf, type Images } from '../images.ts';
import type { Network } from '../network.ts';
import type { CommonOptions } from '../options.ts';
import { bestByLogLoss } from './best-setting.ts';
import { pick, rowsWhere } from './splits.ts';
import { codesAt, tableOf } from './table.ts';

/** Images that the race is run on. */
const RACED = 300;
/** Sides this much longer than the other make a difference between squashing and cropping. */
const OBLONG = 1.1;
/** With fewer oblong images than this share the two views are nearly the same. */
const WORTH_RACING = 0.1;
/**
 * Standard errors by which center-crop has to be ahead in log loss. Accuracy on a few hundred images cannot tell the two
 * apart; log loss does, the same way on independent halves of the data (docs/decisions 13).
 */
const AHEAD = 1;

/**
 * Races squash against center-crop on a sample that both see, by the out-of-fold log loss of softmax regression on the last
 * code. Squash stays where they are close: center-crop throws the borders away.
 *
 * @param squashed the images' codes in the default view
 * @returns the view to use, and a note for the user where it is not squash
 */
export async function raceViews(
  squashed: Images,
  dataset: Dataset,
  network: Network,
  options: CommonOptions,
  cache: Cache,
  context: Context,
): Promise<{ view: View['id']; note?: string }> {
  const rows = sampleRows(squashed, context.seed);
  const oblong = rows.filter((row) =>
    isOblong(squashed.codes.sizes[2 * row]!, squashed.codes.sizes[2 * row + 1]!),
  ).length;
  if (rows.length < 20 || oblong < WORTH_RACING * rows.length) return { view: 'squash' };
  context.report({ step: 'Racing squash against center-crop', done: 0 });
  const sample: Dataset = { ...dataset, examples: Array.from(rows, (row) => squashed.examples[row]!), skipped: [] };
  const cropped = await codesOf(sample, network, 'center-crop', options, cache, context);
  try {
    const kept = Int32Array.from(cropped.codes.kept, (i) => rows[i]!);
    const classes = squashed.classes.length;
    const labels = pick(squashed.labels, kept);
    const folds = makeFolds(labels, undefined, { count: 5, seed: context.seed });
    const whole = await race(squashed, classes, kept, labels, folds, network, context);
    const middle = await race(
      cropped,
      classes,
      rowsWhere(cropped.labels, (label) => label >= 0),
      labels,
      folds,
      network,
      context,
    );
    const gains = whole.loss.map((loss, i) => loss - middle.loss[i]!);
    if (mean(gains) <= AHEAD * standardError(gains)) return { view: 'squash' };
    return {
      view: 'center-crop',
      note: `Photos are cropped to their centre, which the network reads better: right for ${formatPercent(mean(middle.right))} of ${formatCount(kept.length, 'image')}, squashed for ${formatPercent(mean(whole.right))} (log loss ${mean(middle.loss).toFixed(3)} and ${mean(whole.loss).toFixed(3)})`,
    };
  } finally {
    cropped.codes.close();
  }
}

function isOblong(width: number, height: number): boolean {
  return Math.max(width, height) > OBLONG * Math.min(width, height);
}

interface Lap {
  /** [rows] log loss of the calibrated out-of-fold probabilities. */
  readonly loss: Float64Array;
  /** [rows] 1 where it is right. */
  readonly right: Float64Array;
}

async function race(
  images: Images,
  classes: number,
  rows: Int32Array,
  labels: Int32Array,
  folds: Folds,
  network: Network,
  context: Context,
): Promise<Lap> {
  const table = tableOf(codesAt(images.codes, [network.last.id], rows), labels, classes, false);
  const fits = await softmaxRegression.crossFit(table, folds, { ...context, report: () => {} });
  const {
    fit: { scores },
    temperature,
  } = bestByLogLoss(fits, labels, classes);
  return {
    loss: logLoss.perExample!({ classes, scores: softmax(scores, classes, temperature), labels }),
    right: Float64Array.from(correctness({ classes, scores, labels })),
  };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardError(values: Float64Array): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

/** Labelled rows outside of the user's test images, as many of each class as its share. */
function sampleRows(images: Images, seed: number): Int32Array {
  const rows = rowsWhere(images.labels, (label) => label >= 0).filter((row) => images.examples[row]!.split !== 'test');
  if (rows.length <= RACED) return rows;
  return new Random(seed).fork('views').shuffle(rows).slice(0, RACED).sort();
}
