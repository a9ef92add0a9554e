import { GraftError } from '../../base/index.ts';
import type { CodeStore, PlacedChunk } from './code-store.ts';
import { readFully } from './segment.ts';

/** A column of the store: where it stands in a chunk, and how many bytes a row has in it. */
export interface Column {
  readonly width: number;
  /** Byte position in the file of the column's first row in this chunk. */
  start(placed: PlacedChunk): number;
}

/** One piece of memory for all reads, as large as the largest so far. */
let scratch = Buffer.alloc(0);

/** Rows that lie between two wanted ones are read along rather than seeking over them. */
const GAP_ROWS = 8;

/**
 * Reads one column of the given rows, whatever their order, with one read for rows that stand close together.
 *
 * @param rows row numbers of the store
 * @param target row i of the result is put at `offset + i · stride`
 */
export function gather(
  store: CodeStore,
  column: Column,
  rows: Int32Array,
  target: Uint8Array,
  offset: number,
  stride: number,
): void {
  const { width } = column;
  const order = ascending(rows);
  const at = (i: number) => (order === undefined ? i : order[i]!);
  let from = 0;
  while (from < rows.length) {
    const firstRow = rows[at(from)]!;
    const placed = store.chunkOf(firstRow);
    const endRow = placed.first + placed.chunk.rows;
    let to = from + 1;
    while (to < rows.length && rows[at(to)]! < endRow && rows[at(to)]! - rows[at(to - 1)]! <= GAP_ROWS) to++;
    const bytes = (rows[at(to - 1)]! - firstRow + 1) * width;
    if (scratch.length < bytes) scratch = Buffer.allocUnsafeSlow(bytes);
    const span = scratch.subarray(0, bytes);
    if (!readFully(placed.segment.fd, span, column.start(placed) + (firstRow - placed.first) * width)) {
      throw new GraftError(`Cannot read stored codes from ${placed.segment.path}: the file has become shorter`, {
        fix: 'Run the same command again: what is missing is computed anew',
      });
    }
    for (let i = from; i < to; i++) {
      const begin = (rows[at(i)]! - firstRow) * width;
      target.set(span.subarray(begin, begin + width), offset + at(i) * stride);
    }
    from = to;
  }
}

/** Positions of `rows` by ascending row; undefined where they ascend already. */
function ascending(rows: Int32Array): Float64Array | undefined {
  let sorted = true;
  for (let i = 1; i < rows.length && sorted; i++) sorted = rows[i - 1]! <= rows[i]!;
  if (sorted) return undefined;
  // Row and position in one number (2³¹ · 2²² = 2⁵³), since sorting numbers is far faster than calling a comparison.
  const places = 2 ** 22;
  if (rows.length > places) throw new RangeError(`Cannot gather more than ${places} rows at once`);
  const keys = Float64Array.from(rows, (row, i) => row * places + i).sort();
  for (let i = 0; i < keys.length; i++) keys[i] = keys[i]! % places;
  return keys;
}
