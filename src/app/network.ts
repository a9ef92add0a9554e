import { createHash } from 'node:crypto';
import { UsageError } from '../base/index.ts';
import type { View } from '../data/index.ts';
import type { ExtractionPlan } from '../features/index.ts';
import { writeModel } from '../onnx/index.ts';
import { attachPreprocessing, findTaps, poolCodes, subgraphHash, type Tap } from '../rewrite/index.ts';
import { type Backbone, findCard, loadBackbone } from '../zoo/index.ts';

/** The tap that joins the codes of all landmarks but the logits. */
export const ALL_LANDMARKS = 'all-landmarks';

/** A pretrained network, the places where it can be tapped, and how to compute codes there. */
export interface Network {
  readonly backbone: Backbone;
  readonly taps: readonly Tap[];
  /** The landmark tap before the classifier. */
  readonly last: Tap;
  /** The classifier's output. */
  readonly logits: Tap;
  plan(view: View['id']): ExtractionPlan;
}

/** Loads and checks an embedded network. */
export async function openNetwork(id: string): Promise<Network> {
  const backbone = await loadBackbone(findCard(id));
  const taps = findTaps(backbone.model);
  const logits = taps.find((tap) => tap.logits);
  const last = taps.findLast((tap) => tap.landmark && !tap.logits);
  if (logits === undefined || last === undefined) throw new UsageError(`Cannot tap ${id}: it has no classifier`);
  let model: Uint8Array | undefined;
  let key: string | undefined;
  return {
    backbone,
    taps,
    last,
    logits,
    plan(view) {
      model ??= writeModel(attachPreprocessing(poolCodes(backbone.model, taps), backbone.card.preprocessing));
      key ??= planKey(backbone, taps);
      return {
        model,
        taps: taps.map(({ id: tap, channels }) => ({ id: tap, channels })),
        view: viewOf(backbone, view),
        key,
      };
    },
  };
}

/** The resize policy of a view at the size that the network takes. */
export function viewOf(backbone: Backbone, id: View['id']): View {
  const { width, height } = backbone.card.preprocessing;
  return { id, width, height, kernel: 'cubic' };
}

/** Names the computation: the subgraph up to the last tap, the preprocessing, and where and how codes are pooled. */
function planKey(backbone: Backbone, taps: readonly Tap[]): string {
  const hash = createHash('sha256').update(subgraphHash(backbone.model, taps.at(-1)!.tensor));
  hash.update(JSON.stringify(backbone.card.preprocessing));
  for (const tap of taps) hash.update(`${tap.id} ${tap.pooling}\n`);
  return hash.digest('hex');
}

/** Whether a network has a tap of this name. */
export function hasTap(network: Network, name: string): boolean {
  return name === ALL_LANDMARKS || network.taps.some(({ id }) => id === name);
}

/** The taps behind a candidate's tap name: one, or all landmarks side by side. */
export function tapsOf(network: Network, name: string): readonly Tap[] {
  if (name === ALL_LANDMARKS) return network.taps.filter((tap) => tap.landmark && !tap.logits);
  const tap = network.taps.find(({ id }) => id === name);
  if (tap === undefined) {
    throw new UsageError(`Cannot tap ${network.backbone.card.id} at ${name}: there is no such tap`, {
      fix: `Its taps are ${network.taps.map(({ id }) => id).join(', ')}, and ${ALL_LANDMARKS}`,
    });
  }
  return [tap];
}
