import { UsageError } from '../../base/index.ts';
import { DEFAULT_LEVEL, type Interval } from '../intervals/interval.ts';
import { studentCdf, studentQuantile } from '../math/beta.ts';

export interface CorrectedT extends Interval {
  /** Mean difference over the J splits. */
  readonly mean: number;
  readonly t: number;
  readonly freedom: number;
  /** Two-sided. */
  readonly p: number;
}

/**
 * Corrected resampled t test of J paired differences from repeated cross-validation or random splits: the splits share
 * training data, so the variance is (1/J + n_test/n_train)·s² (Nadeau and Bengio, Machine Learning 52, 2003).
 */
export function correctedResampledT(
  differences: ArrayLike<number>,
  trainSize: number,
  testSize: number,
  level: number = DEFAULT_LEVEL,
): CorrectedT {
  const splits = differences.length;
  if (splits < 2) throw new UsageError(`Cannot compare on ${splits} splits: the corrected t test needs two or more`);
  let mean = 0;
  for (let j = 0; j < splits; j++) mean += differences[j]! / splits;
  let variance = 0;
  for (let j = 0; j < splits; j++) variance += (differences[j]! - mean) ** 2 / (splits - 1);
  const error = Math.sqrt((1 / splits + testSize / trainSize) * variance);
  const freedom = splits - 1;
  const t = error === 0 ? (mean === 0 ? 0 : Math.sign(mean) * Number.POSITIVE_INFINITY) : mean / error;
  const p = Number.isFinite(t) ? 2 * studentCdf(-Math.abs(t), freedom) : 0;
  const half = studentQuantile(0.5 + level / 2, freedom) * error;
  return { mean, t, freedom, p, low: mean - half, high: mean + half };
}
