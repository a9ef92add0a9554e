/** A dense float32 matrix, row-major: one row an example. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
}

/**
 * A table of rows too large, perhaps, for memory: read in blocks, in order, as often as wanted. A block's data may be
 * reused by the next one: copy what must outlive it.
 */
export interface RowBlocks {
  readonly rows: number;
  readonly cols: number;
  /** Consecutive blocks of whole rows, from row 0 to the end. */
  blocks(): Iterable<Matrix>;
}

/** A matrix in memory as one block. */
export function asBlocks(matrix: Matrix): RowBlocks {
  return { rows: matrix.rows, cols: matrix.cols, blocks: () => [matrix] };
}
