import type { Matrix, RowBlocks } from '../base/index.ts';
import type { Skipped } from '../data/index.ts';

/** A tap and the length of its code. */
export interface TapColumn {
  readonly id: string;
  readonly channels: number;
}

/** Codes of a list of images, on disk, read in blocks in the order of the list. Memory does not grow with the list. */
export interface CodeSource {
  /** Examples whose image could be read, as indices into the list that was given. */
  readonly kept: Int32Array;
  /** The others, and why, in the order of the list. */
  readonly skipped: readonly Skipped[];
  /** Images that went through the network for this; the rest came from the cache. */
  readonly computed: number;
  readonly taps: readonly TapColumn[];
  /** Codes at one tap, or several side by side, for the given rows (indices into `kept`); all rows if left out. */
  codes(taps: readonly string[], rows?: Int32Array): RowBlocks;
  /** The same in memory, for what is small enough. */
  load(taps: readonly string[], rows?: Int32Array): Matrix;
  /** SHA-256 of the image files' bytes, 32 bytes a row. */
  readonly hashes: Uint8Array;
  /** 64-bit difference hash of each image, one a row. */
  readonly fingerprints: BigUint64Array;
  /** 16 × 16 grey thumbnail of each image, 256 bytes a row: read from disk when asked for. */
  thumbnails(rows: Int32Array): Uint8Array;
  /** Width and height of each original image after its orientation is applied, two numbers a row. */
  readonly sizes: Int32Array;
  /** Closes the files behind the codes. */
  close(): void;
}
