import { InputError, type Matrix, type RowBlocks } from '../../base/index.ts';

/**
 * How unlike the training codes a code is: 1 − the largest cosine between the scaled code and any prototype, 0 … 2. As
 * plain arrays, so that a graph can hold it: novelty(x) = 1 − max_k ⟨u, prototype_k⟩ with v = x ∘ scale, u = v / ‖v‖.
 */
export interface Novelty {
  readonly cols: number;
  /** [D] factor of each channel. */
  readonly scale: Float32Array;
  /** [K × D] row-major, each of length one in the scaled space. */
  readonly prototypes: Float32Array;
  /** [K] the class each prototype stands for. */
  readonly classOf: Int32Array;
}

/** Novelty [rows] of codes. A code of zeros only is wholly novel: 1. */
export function noveltyOf(novelty: Novelty, codes: RowBlocks): Float32Array {
  const scores = new Float32Array(codes.rows);
  let row = 0;
  for (const block of codes.blocks()) {
    scoreBlock(novelty, block, scores, row);
    row += block.rows;
  }
  return scores;
}

/** Scores the rows of a block for which `wanted` says so into `scores` from `offset` on. */
export function scoreBlock(
  novelty: Novelty,
  block: Matrix,
  scores: Float32Array,
  offset: number,
  wanted: (row: number) => boolean = () => true,
): void {
  const { cols, scale, prototypes } = novelty;
  if (block.cols !== cols) {
    throw new InputError(
      `Cannot measure novelty: the codes have ${block.cols} channels, those it was fitted on ${cols}`,
    );
  }
  const scaled = new Float64Array(cols);
  for (let r = 0; r < block.rows; r++) {
    if (!wanted(offset + r)) continue;
    let squares = 0;
    for (let d = 0; d < cols; d++) {
      const value = block.data[r * cols + d]! * scale[d]!;
      scaled[d] = value;
      squares += value * value;
    }
    let largest = squares === 0 ? 0 : Number.NEGATIVE_INFINITY;
    if (squares > 0) {
      const length = Math.sqrt(squares);
      for (let at = 0; at < prototypes.length; at += cols)
        largest = Math.max(largest, dot(scaled, prototypes, at) / length);
    }
    scores[offset + r] = 1 - largest;
  }
}

/** ⟨a, b[at … at + a.length]⟩, four sums at a time. */
export function dot(a: Float64Array | Float32Array, b: Float32Array, at: number): number {
  const length = a.length;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let d = 0;
  for (; d + 3 < length; d += 4) {
    s0 += a[d]! * b[at + d]!;
    s1 += a[d + 1]! * b[at + d + 1]!;
    s2 += a[d + 2]! * b[at + d + 2]!;
    s3 += a[d + 3]! * b[at + d + 3]!;
  }
  for (; d < length; d++) s0 += a[d]! * b[at + d]!;
  return s0 + s1 + (s2 + s3);
}
