import { setImmediate } from 'node:timers/promises';
import { AbortedError } from '../../base/index.ts';
import { UnionFind } from '../union-find.ts';
import { canTell, distanceOf, evidenceOf } from './likeness.ts';

/** Hash bits in which two copies may differ: 99 of 100 copies stay within 10, also cropped by 2 % a side; 73 to 94 cropped by 4 % do. */
const LARGEST_DISTANCE = 10;

/** Bytes of a hash, which are the bands. */
const BANDS = 8;

/** A bucket larger than this is searched in a window over its sorted hashes instead of pair by pair. */
const BUCKET_LIMIT = 1024;
const WINDOW = 256;

/**
 * Pairs of one image that are verified; more only where hundreds of pictures look alike and are not. Of 100,000 images and more it is
 * fewer, so that all of them are at most 25 million, about half a minute.
 */
const VERIFICATIONS = 250;
const FEWEST_VERIFICATIONS = 16;
const VERIFICATIONS_IN_ALL = 25_000_000;

/** Pairs this near are joined whatever stands around them; no two different pictures of five data sets were nearer than 0.15. */
const SURE = 0.1;

/** Pictures within this distance are the crowd around one. */
const CROWD_RADIUS = 2;

/** Within a distance d of a picture in a crowd stand (d / radius)³ of it: the growth measured on Fashion-MNIST (3.3 ± 0.7). */
const CROWD_DIMENSION = 3;

/** Strangers that may be expected among those joined to one picture. */
const EXPECTED_STRANGERS = 0.05;

const THUMBNAIL_BYTES = 256;
const ROWS_AT_ONCE = 4096;
const PAIRS_AT_ONCE = 16384;

/** Longest stretch without a look at the signal, in milliseconds. */
const PATIENCE = 50;

export interface NearDuplicates {
  /** Groups of two or more row indices, ascending, in order of their first. Exact duplicates are among them, but for flat pictures. */
  readonly groups: readonly (readonly number[])[];
  /** False where so many images looked alike that not all pairs could be compared. */
  readonly complete: boolean;
}

/**
 * Groups of near duplicates: the same picture encoded again, resized, brightened or cropped by a few per cent.
 *
 * Candidates share two of the eight bytes of their difference hashes (locality-sensitive hashing; Indyk and Motwani 1998), which all pairs
 * within 6 bits do and most within 10; those within 10 bits are compared by their thumbnails (`distanceOf`).
 * A pair is joined where it is near, and nearer than chance would bring two pictures of its surroundings: among silhouettes that
 * all look alike only much nearer ones count, else one of them leads to the next. Flat pictures and ramps, which would all fall together, take no part. Memory is about 40 bytes an image.
 *
 * @param fingerprints `Summary.fingerprint` of each image.
 * @param thumbnails Returns 256 bytes for each row asked for.
 */
export async function nearDuplicates(
  fingerprints: BigUint64Array,
  thumbnails: (rows: Int32Array) => Uint8Array,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<NearDuplicates> {
  const pause = breather(signal);
  const search = new Search(fingerprints, thumbnails);
  for (let from = 0; from < fingerprints.length; from += ROWS_AT_ONCE) {
    search.admit(from, Math.min(from + ROWS_AT_ONCE, fingerprints.length));
    await pause();
  }
  for (let first = 0; first < BANDS; first++) {
    for (let second = first + 1; second < BANDS; second++) {
      for (const bucket of search.buckets(first, second)) {
        search.compare(bucket, first, second);
        await pause();
      }
    }
  }
  search.verify();
  search.settle();
  return { groups: search.sets.groups(), complete: search.complete };
}

/** Lets other work run, and the signal be heard, every few milliseconds. */
function breather(signal: AbortSignal | undefined): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < PATIENCE) return undefined;
    return setImmediate().then(() => {
      last = performance.now();
      if (signal?.aborted)
        throw new AbortedError('Stopped while looking for near duplicates', { cause: signal.reason });
    });
  };
}

class Search {
  readonly sets: UnionFind;
  complete = true;
  readonly #thumbnails: (rows: Int32Array) => Uint8Array;
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #admitted: number[] = [];
  readonly #verified: Uint8Array;
  readonly #limit: number;
  /** Pairs of each row that were close by hash, and those of them whose thumbnails are in its crowd. */
  readonly #considered: Uint32Array;
  readonly #crowd: Uint8Array;
  readonly #near: { readonly a: number; readonly b: number; readonly distance: number }[] = [];
  #left: number[] = [];
  #right: number[] = [];

  constructor(fingerprints: BigUint64Array, thumbnails: (rows: Int32Array) => Uint8Array) {
    this.sets = new UnionFind(fingerprints.length);
    this.#thumbnails = thumbnails;
    this.#bytes = new Uint8Array(fingerprints.buffer, fingerprints.byteOffset, fingerprints.byteLength);
    this.#words = new Uint32Array(fingerprints.buffer, fingerprints.byteOffset, fingerprints.length * 2);
    this.#verified = new Uint8Array(fingerprints.length);
    this.#considered = new Uint32Array(fingerprints.length);
    this.#crowd = new Uint8Array(fingerprints.length);
    const share = Math.floor(VERIFICATIONS_IN_ALL / Math.max(1, fingerprints.length));
    this.#limit = Math.max(FEWEST_VERIFICATIONS, Math.min(VERIFICATIONS, share));
  }

  /** Takes in those rows whose thumbnails can tell pictures apart. */
  admit(from: number, to: number): void {
    const rows = Int32Array.from({ length: to - from }, (_, i) => from + i);
    const pixels = this.#thumbnails(rows);
    for (let i = 0; i < rows.length; i++) {
      if (canTell(evidenceOf(pixels.subarray(i * THUMBNAIL_BYTES, (i + 1) * THUMBNAIL_BYTES))))
        this.#admitted.push(rows[i]!);
    }
  }

  /** Rows that agree in two bytes of their hashes, by counting sort. */
  *buckets(first: number, second: number): Generator<Int32Array> {
    const keyOf = (row: number) => (this.#bytes[row * BANDS + first]! << 8) | this.#bytes[row * BANDS + second]!;
    const ends = new Int32Array(65537);
    for (const row of this.#admitted) ends[keyOf(row) + 1]!++;
    for (let key = 0; key < 65536; key++) ends[key + 1]! += ends[key]!;
    const sorted = new Int32Array(this.#admitted.length);
    const next = ends.slice();
    for (const row of this.#admitted) sorted[next[keyOf(row)]!++] = row;
    for (let key = 0; key < 65536; key++) {
      if (ends[key + 1]! - ends[key]! > 1) yield sorted.subarray(ends[key]!, ends[key + 1]!);
    }
  }

  /** Queues the pairs of one bucket that are close and that no earlier table has seen. */
  compare(bucket: Int32Array, first: number, second: number): void {
    const large = bucket.length > BUCKET_LIMIT;
    if (large) {
      this.complete = false;
      bucket.sort(
        (a, b) =>
          this.#words[a * 2]! - this.#words[b * 2]! || this.#words[a * 2 + 1]! - this.#words[b * 2 + 1]! || a - b,
      );
    }
    for (let i = 0; i < bucket.length; i++) {
      const end = large ? Math.min(bucket.length, i + 1 + WINDOW) : bucket.length;
      for (let j = i + 1; j < end; j++) this.#consider(bucket[i]!, bucket[j]!, first, second);
    }
  }

  #consider(a: number, b: number, first: number, second: number): void {
    const low = this.#words[a * 2]! ^ this.#words[b * 2]!;
    const high = this.#words[a * 2 + 1]! ^ this.#words[b * 2 + 1]!;
    if (countBits(low) + countBits(high) > LARGEST_DISTANCE) return;
    if (this.#seenBefore(a, b, first, second) || this.sets.find(a) === this.sets.find(b)) return;
    this.#considered[a]!++;
    this.#considered[b]!++;
    if (this.#verified[a]! >= this.#limit || this.#verified[b]! >= this.#limit) {
      this.complete = false;
      return;
    }
    this.#verified[a]!++;
    this.#verified[b]!++;
    this.#left.push(a);
    this.#right.push(b);
    if (this.#left.length === PAIRS_AT_ONCE) this.verify();
  }

  /** Whether a table before (first, second) holds the pair too: there is an equal byte among those before `second`. */
  #seenBefore(a: number, b: number, first: number, second: number): boolean {
    for (let band = 0; band < second; band++) {
      if (band !== first && this.#bytes[a * BANDS + band] === this.#bytes[b * BANDS + band]) return true;
    }
    return false;
  }

  /** Compares the thumbnails of the queued pairs, joins those that are surely one and keeps the near ones for `settle`. */
  verify(): void {
    const rows = Int32Array.from(new Set([...this.#left, ...this.#right])).sort();
    const pixels = this.#thumbnails(rows);
    const placeOf = new Map<number, number>();
    rows.forEach((row, place) => void placeOf.set(row, place));
    const thumbnail = (row: number) => {
      const place = placeOf.get(row)!;
      return pixels.subarray(place * THUMBNAIL_BYTES, (place + 1) * THUMBNAIL_BYTES);
    };
    for (let i = 0; i < this.#left.length; i++) {
      const a = this.#left[i]!;
      const b = this.#right[i]!;
      if (this.sets.find(a) === this.sets.find(b)) continue;
      const distance = distanceOf(thumbnail(a), thumbnail(b));
      if (distance <= SURE) {
        this.sets.unite(a, b);
      } else if (distance <= CROWD_RADIUS) {
        this.#crowd[a]!++;
        this.#crowd[b]!++;
        // Crowds only grow, so what is too far by now will be too far in the end.
        if (distance <= this.#reach(a, b)) this.#near.push({ a, b, distance });
      }
    }
    this.#left = [];
    this.#right = [];
  }

  /** Joins the near pairs that are nearer than their crowds explain. */
  settle(): void {
    for (const { a, b, distance } of this.#near) if (distance <= this.#reach(a, b)) this.sets.unite(a, b);
  }

  /** Distance up to which two rows count as one, at most 1: where the larger of their crowds lets few strangers be expected. */
  #reach(a: number, b: number): number {
    const others = Math.max(this.#crowdOf(a), this.#crowdOf(b)) - 1;
    if (others <= 0) return 1;
    return Math.min(1, CROWD_RADIUS * (EXPECTED_STRANGERS / others) ** (1 / CROWD_DIMENSION));
  }

  /** The crowd of a row; where not all of its pairs were verified, in proportion. */
  #crowdOf(row: number): number {
    return (this.#crowd[row]! * this.#considered[row]!) / Math.max(1, this.#verified[row]!);
  }
}

function countBits(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
