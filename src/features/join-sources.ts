import type { Matrix, RowBlocks } from '../base/index.ts';
import { THUMBNAIL_BYTES } from './cache/chunk.ts';
import type { CodeSource } from './code-source.ts';

/**
 * Two lists of images as one: the rows of the first, then those of the second. Both have the same taps. Rows of
 * codes are to be asked for in ascending order.
 */
export function joinSources(first: CodeSource, second: CodeSource): CodeSource {
  const edge = first.kept.length;
  const divide = (rows: Int32Array | undefined) => ({
    below: rows?.filter((row) => row < edge),
    above: rows?.filter((row) => row >= edge).map((row) => row - edge),
  });
  const codes = (taps: readonly string[], rows?: Int32Array): RowBlocks => {
    const { below, above } = divide(rows);
    const parts = [first.codes(taps, below), second.codes(taps, above)] as const;
    return {
      rows: parts[0].rows + parts[1].rows,
      cols: parts[0].cols,
      *blocks() {
        yield* parts[0].blocks();
        yield* parts[1].blocks();
      },
    };
  };
  return {
    kept: Int32Array.from({ length: edge + second.kept.length }, (_, i) => i),
    skipped: [...first.skipped, ...second.skipped],
    computed: first.computed + second.computed,
    taps: first.taps,
    hashes: joinBytes(first.hashes, second.hashes),
    fingerprints: BigUint64Array.from([...first.fingerprints, ...second.fingerprints]),
    sizes: Int32Array.from([...first.sizes, ...second.sizes]),
    codes,
    load(taps, rows): Matrix {
      const { below, above } = divide(rows);
      const one = first.load(taps, below);
      const two = second.load(taps, above);
      const data = new Float32Array(one.data.length + two.data.length);
      data.set(one.data);
      data.set(two.data, one.data.length);
      return { rows: one.rows + two.rows, cols: one.cols, data };
    },
    thumbnails(rows) {
      const bytes = new Uint8Array(rows.length * THUMBNAIL_BYTES);
      const put = (source: CodeSource, belongs: (row: number) => boolean, offset: number) => {
        const places = Array.from(rows.keys()).filter((i) => belongs(rows[i]!));
        const found = source.thumbnails(Int32Array.from(places, (i) => rows[i]! - offset));
        places.forEach((place, i) => {
          bytes.set(found.subarray(i * THUMBNAIL_BYTES, (i + 1) * THUMBNAIL_BYTES), place * THUMBNAIL_BYTES);
        });
      };
      put(first, (row) => row < edge, 0);
      put(second, (row) => row >= edge, edge);
      return bytes;
    },
    close() {
      first.close();
      second.close();
    },
  };
}

function joinBytes(one: Uint8Array, two: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(one.length + two.length);
  bytes.set(one);
  bytes.set(two, one.length);
  return bytes;
}
