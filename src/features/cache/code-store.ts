import { closeSync, mkdirSync, openSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { decodeFailures, hexOf, indexLayout, type StoredFailure, type StoredRow } from './chunk.ts';
import { diskError } from './disk-error.ts';
import { mergeSegments } from './merge.ts';
import { KEY_BYTES, RowIndex } from './row-index.ts';
import {
  type Chunk,
  codesAreWhole,
  createSegment,
  type SegmentWriter,
  scanSegment,
  sealSegment,
  type WriteAt,
} from './segment.ts';
import { isSegmentName, newSegmentName } from './segment-name.ts';

/** Rows a chunk holds at most: reading one tap of it is one contiguous read of tens of kilobytes. */
const CHUNK_ROWS = 64;
/** A chunk is written at the latest after this time, so that kill −9 loses little. */
const CHUNK_MS = 2000;

/** A chunk, the file it is in, and the number of its first row. */
export interface PlacedChunk {
  readonly chunk: Chunk;
  readonly segment: OpenSegment;
  readonly first: number;
  /** Undefined until it was asked for. */
  whole: boolean | undefined;
}

export interface OpenSegment {
  path: string;
  fd: number;
}

/**
 * Everything stored under one key (view, decoder, prefix, pooling, type, device): rows found by the hash of the image
 * file. Each process appends to a segment of its own, so that several may work at once; nothing is ever changed in place.
 */
export class CodeStore {
  readonly #directory: string;
  readonly #channels: readonly number[];
  readonly #write: WriteAt | undefined;
  readonly #index = new RowIndex();
  readonly #failures = new Map<string, string>();
  readonly #chunks: PlacedChunk[] = [];
  readonly #segments: OpenSegment[] = [];
  #writer: { readonly segment: OpenSegment; readonly writer: SegmentWriter } | undefined;
  #rows: StoredRow[] = [];
  #notes: StoredFailure[] = [];
  #since = 0;

  private constructor(directory: string, channels: readonly number[], write: WriteAt | undefined) {
    this.#directory = directory;
    this.#channels = channels;
    this.#write = write;
  }

  /** Opens the folder, making it where there is none. Damaged and foreign files in it count for nothing. */
  static open(directory: string, channels: readonly number[], write?: WriteAt): CodeStore {
    const store = new CodeStore(directory, channels, write);
    let names: string[];
    try {
      mkdirSync(directory, { recursive: true });
      mergeSegments(directory, channels);
      names = readdirSync(directory).filter(isSegmentName).sort();
    } catch (error) {
      throw diskError('use the cache folder', directory, error);
    }
    for (const name of names) store.#openSegment(join(directory, name));
    return store;
  }

  /** The row stored for a file's hash, −1 if there is none. */
  find(keys: Uint8Array, offset = 0): number {
    const row = this.#index.find(keys, offset);
    return row >= 0 && this.#placed(row)?.whole === false ? -1 : row;
  }

  /** Why the content of this hash cannot be used, if that is known. */
  failure(keys: Uint8Array, offset = 0): string | undefined {
    return this.#failures.get(hexOf(keys, offset));
  }

  /** Whether the stored codes of a row are what was written; each chunk is read once. Damaged ones are not found again. */
  verify(row: number): boolean {
    const placed = this.#placed(row);
    if (placed === undefined) return true;
    placed.whole ??= codesAreWhole(placed.segment.fd, placed.chunk);
    return placed.whole;
  }

  /** Adds a row; it is on disk after the next flush. */
  append(row: StoredRow): void {
    if (this.#rows.length + this.#notes.length === 0) this.#since = Date.now();
    this.#index.add(row.key);
    this.#rows.push(row);
    this.#flushWhenDue();
  }

  /** Notes that a content cannot be used. */
  appendFailure(failure: StoredFailure): void {
    if (this.#rows.length + this.#notes.length === 0) this.#since = Date.now();
    this.#failures.set(hexOf(failure.key), failure.reason);
    this.#notes.push(failure);
    this.#flushWhenDue();
  }

  /** Writes what was added. */
  flush(): void {
    if (this.#rows.length + this.#notes.length === 0) return;
    this.#writer ??= this.#createWriter();
    const { segment, writer } = this.#writer;
    const chunk = writer.append(this.#rows, this.#notes);
    this.#chunks.push({ chunk, segment, first: this.#index.count - this.#rows.length, whole: true });
    this.#rows = [];
    this.#notes = [];
  }

  /** Writes what was added and gives the segment its final name. */
  seal(): void {
    this.flush();
    if (this.#writer === undefined) return;
    const { segment, writer } = this.#writer;
    this.#writer = undefined;
    try {
      segment.path = sealSegment(writer);
      segment.fd = openSync(segment.path, 'r');
    } catch (error) {
      throw diskError('finish', writer.path, error);
    }
  }

  /** The chunk that holds a row that was written. */
  chunkOf(row: number): PlacedChunk {
    const placed = this.#placed(row);
    if (placed === undefined) throw new RangeError(`Cannot read row ${row}: it is not written yet`);
    return placed;
  }

  /** Marks the segments as used now, for the choice of what goes first. Returns their paths. */
  touch(segments: Iterable<OpenSegment>): string[] {
    const now = new Date();
    return Array.from(segments, ({ path }) => {
      try {
        utimesSync(path, now, now);
      } catch {
        // Another process may have merged or removed it; the open file still serves.
      }
      return path;
    });
  }

  close(): void {
    for (const { fd } of this.#segments) closeSync(fd);
    this.#segments.length = 0;
  }

  #openSegment(path: string): void {
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch {
      return; // Gone or unreadable: what it held is computed anew.
    }
    const segment: OpenSegment = { path, fd };
    this.#segments.push(segment);
    try {
      scanSegment(fd, this.#channels, (chunk, index) => this.#take(segment, chunk, index));
    } catch {
      // A disk that fails to read: the chunks before it are good.
    }
  }

  #take(segment: OpenSegment, chunk: Chunk, index: Buffer): void {
    for (const [key, reason] of decodeFailures(index, chunk.rows)) this.#failures.set(key, reason);
    if (chunk.rows === 0) return;
    const first = this.#index.count;
    const { keys } = indexLayout(chunk.rows);
    for (let i = 0; i < chunk.rows; i++) this.#index.add(index, keys + i * KEY_BYTES);
    this.#chunks.push({ chunk, segment, first, whole: undefined });
  }

  #createWriter(): { segment: OpenSegment; writer: SegmentWriter } {
    // Another process may have removed the folder while it was empty.
    mkdirSync(this.#directory, { recursive: true });
    const writer = createSegment(join(this.#directory, newSegmentName()), this.#channels, this.#write);
    const segment: OpenSegment = { path: writer.path, fd: writer.fd };
    this.#segments.push(segment);
    return { segment, writer };
  }

  #flushWhenDue(): void {
    if (this.#rows.length >= CHUNK_ROWS || this.#notes.length >= CHUNK_ROWS || Date.now() - this.#since >= CHUNK_MS) {
      this.flush();
    }
  }

  /** The chunk that holds a row, undefined where the row waits to be written. */
  #placed(row: number): PlacedChunk | undefined {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#chunks[middle]!.first <= row) low = middle;
      else high = middle - 1;
    }
    const placed = this.#chunks[low];
    return placed !== undefined && row >= placed.first && row < placed.first + placed.chunk.rows ? placed : undefined;
  }
}
