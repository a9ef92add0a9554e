import { UsageError } from '../../base/index.ts';
import { type Comparison, compare } from '../compare/compare.ts';
import { pairedDifference, pairedProportions } from '../compare/paired.ts';
import { DEFAULT_LEVEL, type Estimate } from '../intervals/interval.ts';
import { type Candidate, type Field, fieldOf } from './candidates.ts';
import { confidenceSet } from './confidence-set.ts';
import { explain } from './explain.ts';
import { bestRule, cheapestRule, type SelectionRule } from './rule.ts';
import { affordableBootstraps } from './score-table.ts';

export interface ChooseOptions {
  /**
   * The most that the chosen candidate may seem to lose to the best; 0.005, half a point (of a loss: in its units).
   * With few images no test can tell candidates apart, and "not distinguishable" alone would throw real accuracy away.
   */
  readonly margin?: number;
  readonly level?: number;
  readonly seed?: number;
  /** One id a row: rows of one id are resampled together. */
  readonly groups?: ArrayLike<number>;
  /** Resamples for the confidence set; 2,000. */
  readonly bootstraps?: number;
  /** Name of the metric; `accuracy` or `loss`. */
  readonly metric?: string;
  /** What an example is called; `image`. */
  readonly noun?: string;
  /** Why the chosen one is cheaper, after "The cheaper one wins: it …", for example `runs 63 % of the network`. */
  readonly saving?: (chosen: Candidate, best: Candidate) => string;
}

export interface Choice {
  /** Index of the candidate to use. */
  readonly chosen: number;
  /** Index of the candidate with the best mean. */
  readonly best: number;
  /** [J] mean score or loss of each candidate. */
  readonly means: Float64Array;
  /** Candidates that cannot be told from the best at this level. */
  readonly members: readonly number[];
  /** What the best gains over the chosen (of a loss: what it saves), on the same examples; null where they are one. */
  readonly gain: Estimate | null;
  /** Best and chosen compared at a margin of one point, for right or wrong; null where they are one. */
  readonly comparison: Comparison | null;
  /** The choice in plain words. */
  readonly why: string;
  /** The rule that chose: hand it to `correctForSelection`, so that the correction repeats the same choice. */
  readonly rule: SelectionRule;
}

/**
 * The cheapest candidate that is not distinguishable from the best and seems to lose no more than a margin to it.
 *
 * @example
 * const { chosen, why, rule } = choose([
 *   { id: 'stage5 · ridge', cost: 0.63, correct: a },
 *   { id: 'stage7 · softmax', cost: 1, correct: b },
 * ], { seed: 1 });
 */
export function choose(candidates: readonly Candidate[], options: ChooseOptions = {}): Choice {
  if (candidates.length === 0) throw new UsageError('Cannot choose: there are no candidates');
  const { margin = 0.005, level = DEFAULT_LEVEL, seed = 0 } = options;
  const field = fieldOf(candidates, options.groups);
  const costs = candidates.map(({ cost }) => cost);
  const bootstraps = affordableBootstraps(field.table, options.bootstraps ?? 2000);
  const set = confidenceSet(field.table, { level, bootstraps, seed });
  const rule = cheapestRule(costs, margin, set);
  const best = bestRule(costs)(set.means);
  const chosen = rule(set.means);
  const sign = field.kind === 'loss' ? -1 : 1;
  const means = set.means.map((mean) => sign * mean);
  // Where the best itself is chosen, the words tell how far ahead it is of the best cheaper one.
  const rival = chosen === best ? bestCheaper(costs, set.means, best) : chosen;
  const difference = rival === undefined ? null : gainOf(field, rival, best, options);
  return {
    chosen,
    best,
    means,
    members: set.members,
    gain: chosen === best ? null : difference,
    comparison: chosen === best ? null : comparisonOf(candidates, chosen, best, options),
    why: explain({ candidates, field, means, chosen, best, rival, difference, margin, level, options }),
    rule,
  };
}

function bestCheaper(costs: readonly number[], means: Float64Array, best: number): number | undefined {
  let rival: number | undefined;
  for (let j = 0; j < costs.length; j++) {
    if (costs[j]! < costs[best]! && (rival === undefined || means[j]! > means[rival]!)) rival = j;
  }
  return rival;
}

function gainOf({ kind, values }: Field, from: number, to: number, options: ChooseOptions): Estimate {
  const first = values[from]!;
  const second = values[to]!;
  if (kind === 'correct' && first instanceof Uint8Array && second instanceof Uint8Array) {
    const { mean, low, high } = pairedProportions(first, second, options);
    return { metric: 'gain', mean, low, high };
  }
  const { level, seed, groups } = options;
  const given = {
    ...(level !== undefined && { level }),
    ...(seed !== undefined && { seed }),
    ...(groups && { groups }),
  };
  return { ...pairedDifference(first, second, given), metric: 'gain' };
}

function comparisonOf(
  candidates: readonly Candidate[],
  chosen: number,
  best: number,
  { level, groups, noun }: ChooseOptions,
): Comparison | null {
  const cheaper = candidates[chosen]!;
  const dearer = candidates[best]!;
  if (!('correct' in cheaper && 'correct' in dearer)) return null;
  return compare(cheaper, dearer, {
    ...(level !== undefined && { level }),
    ...(groups !== undefined && { groups }),
    ...(noun !== undefined && { noun }),
  });
}
