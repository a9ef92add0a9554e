import { createHash } from 'node:crypto';
import { DECODER_VERSION, type View } from '../data/index.ts';
import type { Device } from '../runtime/index.ts';
import type { TapColumn } from './code-source.ts';

/** What to compute of each image. */
export interface ExtractionPlan {
  /**
   * Bytes of an inference graph, or the path of its file: input `image` uint8 [N, height, width, 3], output `codes`
   * float32 [N, total], the pooled codes of all taps side by side.
   */
  readonly model: Uint8Array | string;
  /** What the columns of `codes` are, in order. */
  readonly taps: readonly TapColumn[];
  readonly view: View;
  /** Names the computation: the hash of the prefix subgraph and the pooling. Equal keys mean equal codes. */
  readonly key: string;
}

/** Folder name for all codes of this plan on this device: everything of the cache key but the file's hash. */
export function storeName(plan: ExtractionPlan, device: Device): string {
  const { id, width, height, kernel } = plan.view;
  const key = [
    `key ${plan.key}`,
    `view ${id} ${width} ${height} ${kernel}`,
    `decoder ${DECODER_VERSION}`,
    `dtype float32`,
    `device ${device}`,
    ...plan.taps.map((tap) => `tap ${tap.id} ${tap.channels}`),
  ].join('\n');
  return createHash('sha256').update(key).digest('hex').slice(0, 40);
}
