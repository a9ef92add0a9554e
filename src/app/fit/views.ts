import { type Context, formatCount, formatPercent, Random } from '../../base/index.ts';
import { type Dataset, makeFolds } from '../../data/index.ts';
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

/** What a race says. */
type Race =
  | { readonly view: 'squash' }
  /** With the seconds that an image took, where any was computed. */
  | { readonly view: 'center-crop'; readonly note: string; readonly secondsAnImage: number };

/**
 * Races squash against center-crop on a sample that both see, by the out-of-fold log loss of softmax regression on the last
 * code. Squash stays where they are close: center-crop throws the borders away.
 *
 * @param squashed the images' codes in the default view
 * @param compare rows of the cross-validation, with the group of each row of `squashed`
 * @returns the view to use, and a note for the user where it is not squash
 */
export async function raceViews(
  squashed: Images,
  compare: Int32Array,
  groups: Int32Array,
  dataset: Dataset,
  network: Network,
  options: CommonOptions,
  cache: Cache,
  context: Context,
): Promise<Race> {
  const rows = sampleRows(compare, context.seed);
  const oblong = rows.filter((row) =>
    isOblong(squashed.codes.sizes[2 * row]!, squashed.codes.sizes[2 * row + 1]!),
  ).length;
  if (rows.length < 20 || oblong < WORTH_RACING * rows.length) return { view: 'squash' };
  context.report({ step: 'Racing squash against center-crop', done: 0 });
  const sample: Dataset = { ...dataset, examples: Array.from(rows, (row) => squashed.examples[row]!), skipped: [] };
  const startedAt = Date.now();
  const cropped = await codesOf(sample, network, 'center-crop', options, cache, context);
  const { computed } = cropped.codes;
  const secondsAnImage = computed === 0 ? 0 : (Date.now() - startedAt) / 1000 / computed;
  try {
    const kept = Int32Array.from(cropped.codes.kept, (i) => rows[i]!);
    const classes = squashed.classes.length;
    const labels = pick(squashed.labels, kept);
    const folds = makeFolds(labels, pick(groups, kept), { count: 5, seed: context.seed });
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
    if (whole === undefined || middle === undefined) return { view: 'squash' };
    const gains = whole.loss.map((loss, i) => loss - middle.loss[i]!);
    if (mean(gains) <= AHEAD * standardError(gains)) return { view: 'squash' };
    return {
      view: 'center-crop',
      secondsAnImage,
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
): Promise<Lap | undefined> {
  const table = tableOf(codesAt(images.codes, [network.last.id], rows), labels, classes, false);
  const fits = await softmaxRegression.crossFit(table, folds, { ...context, report: () => {} });
  if (fits.length === 0) return undefined;
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

/** Rows of the cross-validation alone: what is locked away has no say. */
function sampleRows(rows: Int32Array, seed: number): Int32Array {
  if (rows.length <= RACED) return rows;
  return new Random(seed).fork('views').shuffle(rows.slice()).slice(0, RACED).sort();
}
