import { logGamma } from '../math/beta.ts';

/**
 * Exact McNemar test of two classifiers on the same examples: the two-sided binomial p-value of the discordant pairs.
 * 6–0 gives 0.031, 5–0 gives 0.0625.
 *
 * @param onlyFirst examples that only the first classifier gets right
 * @param onlySecond examples that only the second gets right
 */
export function mcnemar(onlyFirst: number, onlySecond: number): number {
  const discordant = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  if (onlyFirst === onlySecond) return 1;
  let tail = 0;
  for (let k = 0; k <= fewer; k++) {
    tail += Math.exp(logGamma(discordant + 1) - logGamma(k + 1) - logGamma(discordant - k + 1) - discordant * Math.LN2);
  }
  return Math.min(1, 2 * tail);
}
