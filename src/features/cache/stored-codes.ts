import { GraftError, type Matrix, type RowBlocks } from '../../base/index.ts';
import type { Skipped } from '../../data/index.ts';
import type { CodeSource, TapColumn } from '../code-source.ts';
import { HEADER_BYTES, indexLayout, THUMBNAIL_BYTES } from './chunk.ts';
import type { CodeStore, OpenSegment, PlacedChunk } from './code-store.ts';
import { type Column, gather } from './gather.ts';
import { codesStart } from './segment.ts';

/** Codes read at once: large enough to stream, small enough to forget. */
const BLOCK_BYTES = 8 * 1024 * 1024;

/** What an extraction knows of its rows. */
export interface StoredRows {
  /** Indices into the caller's list. */
  readonly kept: Int32Array;
  /** Row in the store of each kept example. */
  readonly rows: Int32Array;
  readonly hashes: Uint8Array;
  readonly skipped: readonly Skipped[];
  readonly computed: number;
}

/** The code source over rows of a store; the store is closed with it. */
export function storedCodes(store: CodeStore, taps: readonly TapColumn[], found: StoredRows): CodeSource {
  const { kept, rows, hashes, skipped, computed } = found;
  const columns = tapColumns(taps);
  const pick = (ids: readonly string[]) =>
    ids.map((id) => {
      const column = columns.get(id);
      if (column === undefined) {
        throw new GraftError(`Cannot read codes at '${id}': the taps are ${taps.map((tap) => tap.id).join(', ')}`);
      }
      return column;
    });
  const storeRows = (selection: Int32Array | undefined) =>
    selection === undefined ? rows : selection.map((row) => rowOf(rows, row));

  const codes = (ids: readonly string[], selection?: Int32Array): RowBlocks => {
    const picked = pick(ids);
    const wanted = storeRows(selection);
    const cols = picked.reduce((sum, { width }) => sum + width / 4, 0);
    return {
      rows: wanted.length,
      cols,
      *blocks() {
        const most = Math.max(1, Math.floor(BLOCK_BYTES / (cols * 4)));
        const buffer = new Float32Array(Math.min(most, wanted.length) * cols);
        for (let from = 0; from < wanted.length; from += most) {
          const part = wanted.subarray(from, from + most);
          const data = buffer.subarray(0, part.length * cols);
          readCodes(store, picked, part, data, cols);
          yield { rows: part.length, cols, data };
        }
      },
    };
  };

  return {
    kept,
    taps,
    hashes,
    skipped,
    computed,
    ...readSummaries(store, rows),
    codes,
    load(ids, selection): Matrix {
      const table = codes(ids, selection);
      const data = new Float32Array(table.rows * table.cols);
      let at = 0;
      for (const block of table.blocks()) {
        data.set(block.data, at);
        at += block.data.length;
      }
      return { rows: table.rows, cols: table.cols, data };
    },
    thumbnails(selection) {
      const wanted = storeRows(selection);
      const column: Column = { width: THUMBNAIL_BYTES, start: indexColumn('thumbnails') };
      const bytes = new Uint8Array(wanted.length * THUMBNAIL_BYTES);
      gather(store, column, wanted, bytes, 0, THUMBNAIL_BYTES);
      return bytes;
    },
    close: () => store.close(),
  };
}

/** The segments that hold any of the rows. */
export function segmentsOf(store: CodeStore, rows: Int32Array): Set<OpenSegment> {
  const segments = new Set<OpenSegment>();
  for (const row of rows) segments.add(store.chunkOf(row).segment);
  return segments;
}

function rowOf(rows: Int32Array, row: number): number {
  const stored = rows[row];
  if (stored === undefined) throw new RangeError(`Cannot read row ${row}: there are ${rows.length}`);
  return stored;
}

function tapColumns(taps: readonly TapColumn[]): Map<string, Column> {
  const columns = new Map<string, Column>();
  let before = 0;
  for (const { id, channels } of taps) {
    const skip = before * 4;
    columns.set(id, { width: channels * 4, start: (placed) => codesStart(placed.chunk) + skip * placed.chunk.rows });
    before += channels;
  }
  return columns;
}

function indexColumn(part: 'fingerprints' | 'sizes' | 'thumbnails'): (placed: PlacedChunk) => number {
  return ({ chunk }) => chunk.start + HEADER_BYTES + indexLayout(chunk.rows)[part];
}

function readCodes(
  store: CodeStore,
  columns: readonly Column[],
  rows: Int32Array,
  data: Float32Array,
  cols: number,
): void {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let offset = 0;
  for (const column of columns) {
    gather(store, column, rows, bytes, offset, cols * 4);
    offset += column.width;
  }
}

function readSummaries(store: CodeStore, rows: Int32Array): Pick<CodeSource, 'fingerprints' | 'sizes'> {
  const fingerprints = new BigUint64Array(rows.length);
  const sizes = new Int32Array(rows.length * 2);
  const eight = (part: 'fingerprints' | 'sizes', target: BigUint64Array | Int32Array) => {
    const bytes = new Uint8Array(target.buffer);
    const step = 1 << 20;
    for (let from = 0; from < rows.length; from += step) {
      gather(store, { width: 8, start: indexColumn(part) }, rows.subarray(from, from + step), bytes, from * 8, 8);
    }
  };
  eight('fingerprints', fingerprints);
  eight('sizes', sizes);
  return { fingerprints, sizes };
}
