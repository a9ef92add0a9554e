import { UsageError } from '../../base/index.ts';
import type { CodesMethod } from '../../methods/index.ts';
import { ALL_LANDMARKS, hasTap, type Network, tapsOf } from '../network.ts';

/** One thing to try: a method on the codes at a tap of a network. */
export interface Spec {
  readonly id: string;
  readonly network: Network;
  /** A tap's id, or `all-landmarks`. */
  readonly tap: string;
  /** The taps whose codes stand side by side. */
  readonly taps: readonly string[];
  readonly channels: number;
  readonly method: CodesMethod;
  /** Multiply-accumulates for one image: of the network up to the deepest tap, and of the head. */
  readonly cost: number;
}

/** The rows and classes that a comparison is about. */
export interface Extent {
  readonly rows: number;
  readonly classes: number;
}

/**
 * What to try, the most promising first, so that a budget cuts off the least: on the code before the classifier, on all
 * landmarks together, then from deep to shallow.
 */
export function listSpecs(
  network: Network,
  methods: readonly CodesMethod[],
  taps: readonly string[] | undefined,
  extent: Extent,
): readonly Spec[] {
  return (taps ?? defaultTaps(network))
    .filter((tap) => hasTap(network, tap))
    .flatMap((tap) => {
      const chosen = tapsOf(network, tap);
      const channels = chosen.reduce((sum, { channels }) => sum + channels, 0);
      const macs = Math.max(...chosen.map((one) => one.macs));
      return methods.map((method) => ({
        id: `${network.backbone.card.id}:${tap}:${method.id}`,
        network,
        tap,
        taps: chosen.map(({ id }) => id),
        channels,
        method,
        cost: macs + channels * (method.id === 'knn' ? extent.rows : extent.classes),
      }));
    });
}

function defaultTaps(network: Network): readonly string[] {
  const landmarks = network.taps.filter((tap) => tap.landmark && !tap.logits && tap.id !== network.last.id);
  return [network.last.id, ALL_LANDMARKS, ...landmarks.map(({ id }) => id).reverse()];
}

/** The methods of the given ids, in the order of the list. */
export function pickMethods(all: readonly CodesMethod[], ids: readonly string[] | undefined): readonly CodesMethod[] {
  if (ids === undefined) return all;
  const aliases: Readonly<Record<string, string>> = { probe: 'softmax' };
  const wanted = ids.map((id) => aliases[id] ?? id);
  const unknown = wanted.filter((id) => id !== 'as-is' && !all.some((method) => method.id === id));
  if (unknown.length > 0) {
    throw new UsageError(`Unknown method ${unknown.join(', ')}`, {
      fix: `Choose from as-is, ${all.map(({ id }) => id).join(', ')}`,
    });
  }
  return all.filter((method) => wanted.includes(method.id));
}
