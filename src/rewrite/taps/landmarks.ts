import type { Tap } from '../tap.ts';

/** With fewer landmarks than this (transformers and MLPs have no stages), taps at even depths are added. */
const MIN_LANDMARKS = 6;

/**
 * A tap is a bottleneck when it has less than this share of the channels of its stage's widest tap (SqueezeNet's squeeze layers, MobileNet's
 * linear projections): its mean over space is a poor code, and a wide one stands next to it.
 */
const BOTTLENECK = 0.5;

/**
 * Marks where candidates are tried first: the last tap of each stage that is no bottleneck, the code before the classifier, the logits,
 * and, where that makes fewer than six, further ones nearest to even steps of depth.
 */
export function markLandmarks(taps: readonly Tap[]): readonly Tap[] {
  const wide = taps.map((tap) => tap.channels >= BOTTLENECK * widest(taps, tap.stage));
  const marked = new Set<number>();
  for (const [place, tap] of taps.entries()) {
    const lastWide =
      wide[place] && !taps.some((other, at) => at > place && other.stage === tap.stage && wide[at] && !other.logits);
    if (lastWide || tap.logits || taps[place + 1]?.logits || place === taps.length - 1) marked.add(place);
  }
  const missing = Math.min(MIN_LANDMARKS, taps.length) - marked.size;
  for (let step = 1; step <= missing; step++) {
    const nearest = nearestUnmarked(taps, (place) => wide[place]! && !marked.has(place), step / (missing + 1));
    if (nearest !== undefined) marked.add(nearest);
  }
  return taps.map((tap, place) => (marked.has(place) ? { ...tap, landmark: true } : tap));
}

function widest(taps: readonly Tap[], stage: number): number {
  return taps.reduce((most, tap) => (tap.stage === stage && !tap.logits ? Math.max(most, tap.channels) : most), 0);
}

function nearestUnmarked(
  taps: readonly Tap[],
  eligible: (place: number) => boolean,
  depth: number,
): number | undefined {
  let best: number | undefined;
  for (const [place, tap] of taps.entries()) {
    if (!eligible(place)) continue;
    if (best === undefined || Math.abs(tap.depth - depth) < Math.abs(taps[best]!.depth - depth)) best = place;
  }
  return best;
}
