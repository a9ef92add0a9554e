import { asIs, matchLabels } from '../../methods/index.ts';
import { sourceLabels } from '../../zoo/index.ts';
import type { Network } from '../network.ts';
import type { Spec } from './candidates.ts';

/** The network as it is, where it already knows all of the user's classes: no training needed. */
export async function asIsSpec(network: Network, classes: readonly string[]): Promise<Spec | undefined> {
  const { card } = network.backbone;
  const matches = matchLabels(classes, await sourceLabels(card.labels));
  if (matches === undefined) return undefined;
  const { logits } = network;
  return {
    id: `${card.id}:${logits.id}:as-is`,
    network,
    tap: logits.id,
    taps: [logits.id],
    channels: logits.channels,
    method: asIs(matches),
    cost: logits.macs,
  };
}
