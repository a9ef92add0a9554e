import type { RowBlocks } from '../base/index.ts';
import { chunked } from './standardise.ts';

/** Some rows of one fold, copied together. */
export interface FoldRows {
  readonly fold: number;
  /** Where each row stands in the table. */
  readonly rows: Int32Array;
  /** [rows.length × cols]. */
  readonly data: Float32Array;
}

/** The codes in one pass, the rows of a chunk gathered by fold; without folds every row is of fold 0. */
export function* rowsByFold(codes: RowBlocks, fold: Int32Array | undefined, folds: number): Iterable<FoldRows> {
  const { cols } = codes;
  let first = 0;
  for (const block of chunked(codes).blocks()) {
    const groups: number[][] = Array.from({ length: folds }, () => []);
    for (let i = 0; i < block.rows; i++) groups[fold?.[first + i] ?? 0]!.push(first + i);
    for (const [index, group] of groups.entries()) {
      if (group.length === 0) continue;
      const data = group.length === block.rows ? block.data : new Float32Array(group.length * cols);
      if (data !== block.data) {
        for (const [i, row] of group.entries()) {
          data.set(block.data.subarray((row - first) * cols, (row - first + 1) * cols), i * cols);
        }
      }
      yield { fold: index, rows: Int32Array.from(group), data };
    }
    first += block.rows;
  }
}
