import type { Interval } from '../intervals/interval.ts';
import { wilson } from '../intervals/wilson.ts';
import { binSums, byConfidence } from '../metrics/equal-mass-bins.ts';
import type { Predictions } from '../metrics/metric.ts';

/** One bin of a reliability diagram. */
export interface ReliabilityBin extends Interval {
  readonly count: number;
  /** Mean probability of the predicted class. */
  readonly confidence: number;
  /** Share of right answers, with Wilson's interval in `low` and `high`. */
  readonly accuracy: number;
}

/** Confidence beside accuracy in bins of equal mass, least confident first; empty bins are left out. */
export function reliability(predictions: Predictions, bins = 15): readonly ReliabilityBin[] {
  const sums = binSums(byConfidence(predictions), bins);
  const table: ReliabilityBin[] = [];
  for (let bin = 0; bin < bins; bin++) {
    const count = sums.total[bin]!;
    if (count === 0) continue;
    const right = sums.correct[bin]!;
    table.push({ count, confidence: sums.confidence[bin]! / count, accuracy: right / count, ...wilson(right, count) });
  }
  return table;
}
