import { normalQuantile } from '../math/normal.ts';

export interface PowerOptions {
  /** Two-sided level of the comparison; 0.95. */
  readonly level?: number;
  /** Chance to find a difference that is there; 0.8. */
  readonly power?: number;
}

/**
 * Test images for a paired comparison to find a difference (Connor, Biometrics 43, 1987). One point at 4 % discordance
 * needs 3,138, two at 6 % 1,175, three at 8 % 696, five at 10 % 312.
 *
 * @param difference of the two accuracies, 0 … 1
 * @param discordance share of images that exactly one of the two gets right
 */
export function imagesToDetect(difference: number, discordance: number, options: PowerOptions = {}): number {
  const { level = 0.95, power = 0.8 } = options;
  const effect = Math.abs(difference);
  if (effect === 0) return Number.POSITIVE_INFINITY;
  // A difference cannot be larger than the share of images that make it.
  const discordant = Math.max(discordance, effect);
  const reach =
    normalQuantile(0.5 + level / 2) * Math.sqrt(discordant) +
    normalQuantile(power) * Math.sqrt(Math.max(0, discordant - effect * effect));
  return Math.ceil((reach / effect) ** 2);
}

/**
 * Test images after which a comparison would probably be decided, if the gain seen so far is the true one: until its
 * interval lies above zero (better), or below the margin (enough), whichever takes fewer.
 *
 * @param gain of the dearer candidate over the cheaper, 0 … 1
 */
export function imagesToDecide(gain: number, discordance: number, margin: number, options: PowerOptions = {}): number {
  const toBetter = gain > 0 ? imagesToDetect(gain, discordance, options) : Number.POSITIVE_INFINITY;
  const toEnough = gain < margin ? imagesToDetect(margin - gain, discordance, options) : Number.POSITIVE_INFINITY;
  return Math.min(toBetter, toEnough);
}
