import { ahead, type ConfidenceSet } from './confidence-set.ts';

/**
 * Picks a candidate from the means [J] of all, higher being better: on the data, and on every resample of them alike.
 */
export type SelectionRule = (means: Float64Array) => number;

/** The highest mean; of equal ones the cheapest, or the first without costs. */
export function bestRule(costs?: ArrayLike<number>): SelectionRule {
  return (means) => {
    let best = 0;
    for (let j = 1; j < means.length; j++) {
      const lead = means[j]! - means[best]!;
      if (lead > 1e-9 || (lead > -1e-9 && costs !== undefined && costs[j]! < costs[best]!)) best = j;
    }
    return best;
  };
}

/** The cheapest candidate that is within the margin of the best and that no other is distinguishably ahead of. */
export function cheapestRule(costs: ArrayLike<number>, margin: number, set: ConfidenceSet): SelectionRule {
  const pickBest = bestRule(costs);
  return (means) => {
    const best = pickBest(means);
    let chosen = best;
    for (let j = 0; j < means.length; j++) {
      if (costs[j]! > costs[chosen]!) continue;
      if (costs[j] === costs[chosen] && means[j]! <= means[chosen]!) continue;
      if (ahead(means[best]! - means[j]!, margin)) continue;
      if (!beaten(means, j, set)) chosen = j;
    }
    return chosen;
  };
}

function beaten(means: Float64Array, j: number, { allowance }: ConfidenceSet): boolean {
  const candidates = means.length;
  for (let k = 0; k < candidates; k++) {
    if (ahead(means[k]! - means[j]!, allowance[j * candidates + k]!)) return true;
  }
  return false;
}
