import type { Dim } from '../../onnx/index.ts';
import type { Tap } from '../tap.ts';

/** What the pooled code of a tensor looks like. */
export interface Geometry {
  /** Per-example shape; −1 where a dimension is not known. */
  readonly shape: readonly number[];
  readonly pooling: Tap['pooling'];
  readonly channels: number;
  /** Positions along one side of the map: √(H·W), √T; 1 for a vector; undefined where it is not known. */
  readonly side: number | undefined;
}

/**
 * The geometry of a tensor [N, …]: [N, C] is a vector, [N, C, spatial …] is a map, [N, …, T, C] are tokens. Undefined where the number
 * of channels is not known, or the tensor is a scalar per example.
 */
export function geometryOf(
  dims: readonly Dim[] | undefined,
  layout: 'channels-first' | 'channels-last',
): Geometry | undefined {
  if (dims === undefined || dims.length < 2) return undefined;
  const shape = dims.slice(1).map((dim) => (typeof dim === 'number' ? dim : -1));
  const vector = shape.length === 1;
  const first = vector || layout === 'channels-first';
  const channels = (first ? shape[0] : shape.at(-1)) ?? -1;
  if (channels < 1) return undefined;
  const positions = first ? shape.slice(1) : shape.slice(0, -1);
  const known = positions.every((count) => count > 0);
  const side = known
    ? positions.reduce((product, count) => product * count, 1) ** (1 / Math.max(2, positions.length))
    : undefined;
  return { shape, pooling: vector ? 'none' : first ? 'spatial-mean' : 'token-mean', channels, side };
}

/** A map is a stage further when its side has shrunk to this share: halving counts, the rim that an unpadded 3 × 3 eats does not. */
export const STAGE_DROP = 0.75;
