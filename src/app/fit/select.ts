import {
  accuracy,
  balancedAccuracy,
  type Candidate as Contender,
  choose,
  correctForSelection,
  type Estimate,
  proportionOf,
} from '../../evidence/index.ts';
import type { MetricId } from '../options.ts';
import type { Candidate, Score } from '../results.ts';
import type { Trial } from './compare.ts';

/** The candidate that wins, and why. */
export interface Selection {
  readonly winner: Trial;
  readonly why: string;
  readonly score: Score;
  readonly corrected: Score;
  readonly candidates: readonly Candidate[];
}

export interface SelectionInput {
  readonly trials: readonly Trial[];
  /** Rows of one number are resampled together. */
  readonly groups: Int32Array;
  readonly metric: MetricId;
  readonly seed: number;
}

const KNOWN = 'The network knows your classes already: no training was needed.';

/** Half a point of accuracy; a hundredth of a nat of log loss. */
const MARGIN: Readonly<Record<MetricId, number>> = { accuracy: 0.005, 'balanced-accuracy': 0.005, 'log-loss': 0.01 };

/**
 * The cheapest candidate that cannot be told from the best. Its score is corrected for the choice among all settings of all
 * candidates: on every resample the settings of each are told apart anew by log loss, then the candidates by the metric.
 */
export function selectWinner(input: SelectionInput): Selection {
  const { trials, groups, metric, seed } = input;
  const field = { groups, seed, metric };
  const standing: Contender[] = trials.map(({ spec, settings, best }) => ({
    id: spec.id,
    cost: spec.cost,
    ...settings[best]!.results,
  }));
  const choice = choose(standing, {
    ...field,
    metric: metric === balancedAccuracy.id ? 'balanced error' : metric,
    margin: MARGIN[metric],
    saving: (chosen, best) => saved(chosen.cost / best.cost),
  });
  const entries = trials.flatMap(({ spec, settings }, family) =>
    settings.map((setting) => ({ spec, setting, family })),
  );
  const corrected = correctForSelection(
    entries.map(({ spec, setting }) => ({ id: spec.id, cost: spec.cost, ...setting.results })),
    {
      ...field,
      rule: choice.rule,
      tuning: { family: entries.map(({ family }) => family), loss: entries.map(({ setting }) => setting.logLoss) },
    },
  );
  const candidates = trials.map((trial) => candidateOf(trial, input));
  return {
    winner: trials[choice.chosen]!,
    why: trials[choice.chosen]!.spec.method.id === 'as-is' ? `${choice.why} ${KNOWN}` : choice.why,
    score: candidates[choice.chosen]!.score,
    corrected: asScore(metric, corrected),
    candidates,
  };
}

function saved(share: number): string {
  return share > 0.99
    ? 'is the smaller of two that run the same network'
    : `needs ${Math.round(100 * share)} % of the multiplications of the other`;
}

function candidateOf({ spec, seconds, settings, best }: Trial, { groups, metric }: SelectionInput): Candidate {
  const { params, results } = settings[best]!;
  const score =
    'correct' in results
      ? proportionOf(accuracy.id, results.correct, { groups })
      : asScore(metric, proportionOfLoss(results.loss, groups));
  return {
    id: spec.id,
    backbone: spec.network.backbone.card.id,
    tap: spec.tap,
    method: spec.method.id,
    params,
    cost: spec.cost,
    seconds,
    score,
  };
}

/** Losses of balanced accuracy are 1 minus it: the score is shown the way people know it. */
function asScore(metric: MetricId, { mean, low, high }: Estimate): Score {
  // The normal interval of a mean knows nothing of its bounds.
  const least = Math.max(0, low);
  if (metric === balancedAccuracy.id) return { metric, mean: 1 - mean, low: Math.max(0, 1 - high), high: 1 - least };
  return { metric, mean, low: least, high };
}

/** Standard normal quantile of a 95 % interval. */
const Z = 1.96;

/** Mean loss with the normal interval of the mean over groups. */
function proportionOfLoss(loss: Float32Array, groups: Int32Array): Estimate {
  const sums = new Map<number, number>();
  let total = 0;
  loss.forEach((value, i) => {
    total += value;
    sums.set(groups[i]!, (sums.get(groups[i]!) ?? 0) + value);
  });
  const mean = total / loss.length;
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  let squares = 0;
  for (const [group, sum] of sums) squares += (sum - sizes.get(group)! * mean) ** 2;
  const half = (Z * Math.sqrt(squares)) / loss.length;
  return { metric: 'loss', mean, low: mean - half, high: mean + half };
}
