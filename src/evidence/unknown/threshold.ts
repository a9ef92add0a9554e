import { InputError, UsageError } from '../../base/index.ts';
import { DEFAULT_LEVEL, type Estimate } from '../intervals/interval.ts';
import { betaQuantile } from '../math/beta.ts';

/** Above the threshold an input is called unknown. */
export interface Threshold {
  readonly threshold: number;
  /** Share of new inputs of the user's own kind that it will refuse, with its interval. */
  readonly refused: Estimate;
}

/**
 * The novelty above which about `refuseShare` of the user's own images are refused: the k-th smallest of N out-of-fold
 * values, k = ⌈(N + 1)(1 − share)⌉. Whatever the distribution, the share refused of new images then follows
 * Beta(N − k + 1, k): its mean and interval are exact (order statistics; the ground of split conformal prediction). With fewer
 * than 1/share images the largest value is the threshold, and the interval says how little that is.
 *
 * @param novelty out-of-fold novelty of the user's images; NaN is left out
 * @example
 * thresholdAt(crossNovelty(codes, labels, folds), 0.02).threshold; // 0.43
 */
export function thresholdAt(novelty: ArrayLike<number>, refuseShare = 0.02, level: number = DEFAULT_LEVEL): Threshold {
  if (!(refuseShare > 0 && refuseShare < 1)) {
    throw new UsageError(`Cannot refuse a share of ${refuseShare} of the images: it lies between 0 and 1`);
  }
  const sorted = Float64Array.from(novelty)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const count = sorted.length;
  if (count === 0)
    throw new InputError('Cannot set a threshold for unknown inputs: no image has an out-of-fold novelty');
  // Rounding: (N + 1)(1 − share) of 99.00000000000001 means 99.
  const rank = Math.min(count, Math.ceil((count + 1) * (1 - refuseShare) - 1e-9));
  const above = count - rank + 1;
  return {
    threshold: sorted[rank - 1]!,
    refused: {
      metric: 'refused',
      mean: above / (count + 1),
      low: betaQuantile((1 - level) / 2, above, rank),
      high: betaQuantile((1 + level) / 2, above, rank),
    },
  };
}
