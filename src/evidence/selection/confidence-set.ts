import { Random } from '../../base/index.ts';
import { quantile } from '../intervals/bootstrap.ts';
import { meansOf, resample, type ScoreTable } from './score-table.ts';

/** Which candidates may be the best, and how far apart two must be to be told apart. */
export interface ConfidenceSet {
  /** [J] mean of each candidate, higher is better. */
  readonly means: Float64Array;
  /**
   * Candidates that cannot be told from the best, in order. The truly best is among them with probability `level` or
   * more.
   */
  readonly members: readonly number[];
  /** [J × J] allowance[j·J + k]: candidate j falls out where k is ahead of it by more than this. */
  readonly allowance: Float64Array;
}

/**
 * Max-T paired bootstrap of all candidates (Westfall and Young 1993; Hsu's multiple comparisons with the best 1981):
 * candidate j stays unless some k beats it by more than c_j standard errors of their paired difference, where c_j is
 * the (1 + level)/2 quantile of max_k of the centred bootstrap statistic: for two candidates this agrees with the
 * two-sided interval of their difference. The correlation of candidates on the same examples is thereby taken along.
 */
export function confidenceSet(
  table: ScoreTable,
  options: { readonly level: number; readonly bootstraps: number; readonly seed: number },
): ConfidenceSet {
  const { candidates } = table;
  const means = meansOf(table, table.multiplicity, new Float64Array(candidates));
  const draws = new Float64Array(options.bootstraps * candidates);
  resample(table, options.bootstraps, new Random(options.seed).fork('confidence-set'), ({ inBag }, b) => {
    const row = meansOf(table, inBag, draws.subarray(b * candidates, (b + 1) * candidates));
    for (let j = 0; j < candidates; j++) row[j] = row[j]! - means[j]!;
  });
  const allowance = new Float64Array(candidates * candidates);
  const members: number[] = [];
  const largest = new Float64Array(options.bootstraps);
  const errors = new Float64Array(candidates);
  for (let j = 0; j < candidates; j++) {
    largest.fill(0);
    pairErrors(draws, candidates, j, errors);
    for (let b = 0; b < options.bootstraps; b++) {
      const row = b * candidates;
      for (let k = 0; k < candidates; k++) {
        if (errors[k] === 0) continue;
        const statistic = (draws[row + k]! - draws[row + j]!) / errors[k]!;
        if (statistic > largest[b]!) largest[b] = statistic;
      }
    }
    const critical = quantile(largest.sort(), (1 + options.level) / 2);
    let stays = true;
    for (let k = 0; k < candidates; k++) {
      allowance[j * candidates + k] = critical * errors[k]!;
      if (ahead(means[k]! - means[j]!, allowance[j * candidates + k]!)) stays = false;
    }
    if (stays) members.push(j);
  }
  return { means, members, allowance };
}

/** Is a lead more than the allowance? Rounding of sums must not decide. */
export function ahead(lead: number, allowance: number): boolean {
  return lead > allowance + 1e-9;
}

/** Standard error of the difference of every candidate to candidate j, over the bootstrap draws. */
function pairErrors(draws: Float64Array, candidates: number, j: number, errors: Float64Array): void {
  const bootstraps = draws.length / candidates;
  errors.fill(0);
  for (let b = 0; b < bootstraps; b++) {
    const row = b * candidates;
    const own = draws[row + j]!;
    for (let k = 0; k < candidates; k++) errors[k] = errors[k]! + (draws[row + k]! - own) ** 2;
  }
  for (let k = 0; k < candidates; k++) {
    const error = Math.sqrt(errors[k]! / bootstraps);
    errors[k] = error < 1e-9 ? 0 : error;
  }
}
