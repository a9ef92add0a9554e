/** An example that looks like none of its kind. */
export interface OddOne {
  readonly index: number;
  readonly novelty: number;
  /** Distance from the median in robust standard deviations. */
  readonly deviations: number;
}

export interface OddOnes {
  /** Novelty above which an example is odd: median + k · 1.4826 · MAD. */
  readonly threshold: number;
  /** Most novel first. */
  readonly odd: readonly OddOne[];
}

/** Scale that makes the median absolute deviation of a normal distribution its standard deviation: 1/Φ⁻¹(3/4). */
const MAD_TO_SIGMA = 1.4826;

/** The same for the mean absolute deviation: √(π/2). */
const MEAN_DEVIATION_TO_SIGMA = 1.2533;

/**
 * Examples whose novelty is far above the rest: the median and the median absolute deviation do not move with the odd ones
 * they are to find (Iglewicz and Hoaglin 1993, who cut at 3.5). Where more than half of the values are equal the mean
 * absolute deviation stands in.
 *
 * @param novelty Out-of-fold novelty of each example, larger is odder; those that are not finite are passed over.
 * @param options `k` robust standard deviations (default 3.5); `limit` keeps the first so many.
 * @example
 * oddOnesOut([1, 1.1, 0.9, 1, 9]).odd; // [{ index: 4, … }]
 */
export function oddOnesOut(
  novelty: ArrayLike<number>,
  { k = 3.5, limit = Number.POSITIVE_INFINITY }: { readonly k?: number; readonly limit?: number } = {},
): OddOnes {
  const values = Float64Array.from(novelty).filter(Number.isFinite).sort();
  if (values.length === 0) return { threshold: Number.POSITIVE_INFINITY, odd: [] };
  const middle = median(values);
  const deviations = values.map((value) => Math.abs(value - middle)).sort();
  const spread =
    MAD_TO_SIGMA * median(deviations) ||
    (MEAN_DEVIATION_TO_SIGMA * deviations.reduce((sum, value) => sum + value, 0)) / deviations.length;
  const threshold = middle + k * spread;
  const odd: OddOne[] = [];
  for (let index = 0; index < novelty.length; index++) {
    const value = novelty[index]!;
    if (value > threshold && Number.isFinite(value))
      odd.push({ index, novelty: value, deviations: (value - middle) / spread });
  }
  odd.sort((a, b) => b.novelty - a.novelty || a.index - b.index);
  return { threshold, odd: odd.slice(0, limit) };
}

/** Median of ascending values, at least one. */
function median(sorted: Float64Array): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
