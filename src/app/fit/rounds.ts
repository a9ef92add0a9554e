import type { Spec } from './candidates.ts';
import type { Trial } from './compare.ts';

/** Cheap enough for every tap: no training, a sort, one decomposition for all penalties. */
const SCREENING: ReadonlySet<string> = new Set(['as-is', 'knn', 'ridge']);

/**
 * Taps that the dearer methods are tried on. The order of taps by ridge hardly differs from theirs: see the decision on
 * rounds. Keeping three bounds the loss where it does.
 */
const FINALISTS = 3;

/** What is tried at every tap: the screening methods, or all methods where none of those is wanted. */
export function firstRound(specs: readonly Spec[]): readonly Spec[] {
  const screening = specs.filter(({ method }) => SCREENING.has(method.id));
  return screening.some(({ method }) => method.id !== 'as-is') ? screening : specs;
}

/** The dearer methods, at the taps where a screening method had the least log loss, the best first. */
export function secondRound(specs: readonly Spec[], trials: readonly Trial[]): readonly Spec[] {
  const tried = new Set(trials.map(({ spec }) => spec.id));
  const least = new Map<string, number>();
  for (const { spec, settings, best } of trials) {
    if (spec.method.id === 'as-is') continue;
    const place = placeOf(spec);
    const { logLoss } = settings[best]!;
    const loss = logLoss.reduce((sum, nats) => sum + nats, 0) / logLoss.length;
    least.set(place, Math.min(loss, least.get(place) ?? Number.POSITIVE_INFINITY));
  }
  const finalists = [...least].sort(([, a], [, b]) => a - b).slice(0, FINALISTS);
  return finalists.flatMap(([place]) =>
    specs.filter((spec) => placeOf(spec) === place && !tried.has(spec.id) && !SCREENING.has(spec.method.id)),
  );
}

function placeOf({ network, tap }: Spec): string {
  return `${network.backbone.card.id}:${tap}`;
}
