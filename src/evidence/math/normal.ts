const INVERSE_ROOT_TWO_PI = 0.3989422804014327;

/** Density of the standard normal distribution. */
function normalDensity(x: number): number {
  return INVERSE_ROOT_TWO_PI * Math.exp(-0.5 * x * x);
}

/**
 * Standard normal distribution function, to about 1e-15 absolute and 1e-12 relative in the tails: Marsaglia's series
 * (Journal of Statistical Software 11(4), 2004) in the middle, the continued fraction of Mills' ratio outside.
 */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (Math.abs(x) < 3) {
    let term = x;
    let sum = x;
    for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
      term *= (x * x) / k;
      sum += term;
    }
    return 0.5 + sum * normalDensity(x);
  }
  const magnitude = Math.abs(x);
  let ratio = magnitude;
  // 100 levels converge to 1e-15 at magnitude 3, the slowest point.
  for (let k = 100; k >= 1; k--) ratio = magnitude + k / ratio;
  const tail = normalDensity(magnitude) / ratio;
  return x < 0 ? tail : 1 - tail;
}

/**
 * Quantile of the standard normal distribution; ±Infinity at 0 and 1. A rough start (Abramowitz and Stegun 26.2.23,
 * error below 4.5e-4), then Halley steps on `normalCdf`.
 */
export function normalQuantile(probability: number): number {
  if (!(probability >= 0 && probability <= 1)) return Number.NaN;
  if (probability === 0) return Number.NEGATIVE_INFINITY;
  if (probability === 1) return Number.POSITIVE_INFINITY;
  if (probability > 0.5) return -normalQuantile(1 - probability);
  const t = Math.sqrt(-2 * Math.log(probability));
  let x = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
  for (let step = 0; step < 3; step++) {
    const error = (normalCdf(x) - probability) / normalDensity(x);
    x -= error / (1 + 0.5 * x * error);
  }
  return x;
}
