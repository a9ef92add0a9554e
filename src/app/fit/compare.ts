import { AbortedError, type Context } from '../../base/index.ts';
import { accuracy, correctness, fitTemperature, logLoss, type Predictions, softmax } from '../../evidence/index.ts';
import type { Folds, Params } from '../../methods/index.ts';
import type { Budget } from '../budget.ts';
import type { Images } from '../images.ts';
import type { Network } from '../network.ts';
import type { MetricId } from '../options.ts';
import type { Spec } from './candidates.ts';
import { pick } from './splits.ts';
import { balancedWeights, codesAt, tableOf } from './table.ts';

/** Per-example results of one setting, in the form that the metric asks for. */
type Results = { readonly correct: Uint8Array } | { readonly loss: Float32Array };

/** Where a setting's calibrated probabilities cost this many nats more than the best setting's, it stands no chance. */
const HOPELESS_LOSS = 0.5;

/** One setting of one candidate, out of fold. */
interface Setting {
  readonly params: Params;
  readonly results: Results;
  /** [rows] log loss of its calibrated probabilities: what the settings of one candidate are told apart by. */
  readonly logLoss: Float32Array;
  /** Mean of the metric's per-example results, higher is better. */
  readonly goodness: number;
}

/** A candidate that was tried. */
export interface Trial {
  readonly spec: Spec;
  readonly seconds: number;
  readonly settings: readonly Setting[];
  /** Index of the setting with the least log loss, which stands for the candidate. */
  readonly best: number;
  /** Out-of-fold logits [rows × classes] of the best setting; dropped where another candidate is far ahead. */
  readonly scores: Float32Array | null;
}

export interface Comparison {
  /** The images with their codes in a network. */
  readonly imagesOf: (network: Network) => Images;
  readonly rows: Int32Array;
  readonly folds: Folds;
  readonly metric: MetricId;
  readonly balanced: boolean;
}

/** A candidate this far behind the best cannot be chosen any more, and its scores are not kept. */
const HOPELESS = 0.03;

/**
 * Tries candidates on identical folds, in order, as long as the budget lasts; adds to `trials`.
 *
 * @returns the candidates that there was no time for
 */
export async function compareSpecs(
  specs: readonly Spec[],
  comparison: Comparison,
  trials: Trial[],
  budget: Budget,
  context: Context,
  onTrial: () => void,
): Promise<readonly Spec[]> {
  const { imagesOf, rows, folds, balanced } = comparison;
  const left: Spec[] = [];
  let loaded: { network: Network; tap: string; codes: ReturnType<typeof codesAt> } | undefined;
  // How much slower than the methods' own estimates this machine is, as measured so far.
  let slowness = 1;
  for (const spec of specs) {
    if (context.signal.aborted) throw new AbortedError('Stopped while comparing candidates');
    const images = imagesOf(spec.network);
    const classes = images.classes.length;
    const labels = pick(images.labels, rows);
    const meta = { rows: rows.length, cols: spec.channels, classes, folds: folds.count };
    const estimate = spec.method.cost(meta);
    if (trials.length > 0 && !budget.allows(estimate * slowness)) {
      left.push(spec);
      continue;
    }
    if (loaded?.network !== spec.network || loaded.tap !== spec.tap) {
      loaded = { network: spec.network, tap: spec.tap, codes: codesAt(images.codes, spec.taps, rows) };
    }
    const table = tableOf(loaded.codes, labels, classes, balanced);
    const startedAt = Date.now();
    const fits = await spec.method.crossFit(table, folds, {
      ...context,
      report: () => {},
      deadline: budget.comparingEnds,
    });
    const seconds = (Date.now() - startedAt) / 1000;
    if (seconds > 0.2) slowness = Math.max(slowness, seconds / estimate);
    if (fits.length === 0) {
      left.push(spec);
      continue;
    }
    const judged = fits.map(({ params, scores }) => judge(params, { classes, scores, labels }, comparison.metric));
    const losses = judged.map(({ logLoss }) => mean(logLoss));
    const least = Math.min(...losses);
    const settings = judged.filter((_, i) => losses[i]! <= least + HOPELESS_LOSS);
    const scores = fits[losses.indexOf(least)]!.scores;
    const best = settings.indexOf(judged[losses.indexOf(least)]!);
    trials.push({ spec, seconds, settings, best, scores });
    dropHopeless(trials);
    onTrial();
    // Let progress and Ctrl-C through between candidates.
    await new Promise(setImmediate);
  }
  return left;
}

function dropHopeless(trials: Trial[]): void {
  const ahead = Math.max(...trials.map((trial) => trial.settings[trial.best]!.goodness));
  trials.forEach((trial, i) => {
    if (trial.scores !== null && trial.settings[trial.best]!.goodness < ahead - HOPELESS)
      trials[i] = { ...trial, scores: null };
  });
}

/** Per-example results of one setting's out-of-fold logits. */
function judge(params: Params, predictions: Predictions, metric: MetricId): Setting {
  const { labels, classes, scores } = predictions;
  const { temperature } = fitTemperature(predictions);
  const nats = Float32Array.from(
    logLoss.perExample!({ classes, scores: softmax(scores, classes, temperature), labels }),
  );
  if (metric === logLoss.id) return { params, logLoss: nats, results: { loss: nats }, goodness: -mean(nats) };
  const correct = correctness(predictions);
  if (metric === accuracy.id) return { params, logLoss: nats, results: { correct }, goodness: mean(correct) };
  // Balanced accuracy is the mean of right and wrong with each class weighted alike: as a loss, 1 minus that.
  const weights = balancedWeights(labels, classes);
  const loss = weights.map((weight, i) => weight * (1 - correct[i]!));
  return { params, logLoss: nats, results: { loss }, goodness: -mean(loss) };
}

function mean(values: Uint8Array | Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
