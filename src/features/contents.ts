import type { Example, Skipped } from '../data/index.ts';
import type { CodeStore } from './cache/code-store.ts';
import type { FileIndex } from './cache/file-index.ts';
import { KEY_BYTES } from './cache/row-index.ts';
import type { StoredRows } from './cache/stored-codes.ts';

/** What is known of the content of each example's file: its hash, whether its codes are stored, or why it is of no use. */
export class Contents {
  readonly #examples: readonly Example[];
  readonly #store: CodeStore;
  readonly #files: FileIndex;
  readonly #hashes: Uint8Array;
  /** 1 where the hash of an example is known. */
  readonly #known: Uint8Array;
  readonly #reasons = new Map<number, string>();

  constructor(examples: readonly Example[], store: CodeStore, files: FileIndex) {
    this.#examples = examples;
    this.#store = store;
    this.#files = files;
    this.#hashes = new Uint8Array(examples.length * KEY_BYTES);
    this.#known = files.lookUp(
      examples.map((example) => example.source),
      this.#hashes,
    );
  }

  /** Whether nothing needs to be done for an example: its codes are stored and whole, or it is known to be of no use. */
  isSettled(i: number): boolean {
    if (this.#known[i] === 0) return false;
    const reason = this.#store.failure(this.#hashes, i * KEY_BYTES);
    if (reason !== undefined) {
      this.#reasons.set(i, reason);
      return true;
    }
    const row = this.#store.find(this.#hashes, i * KEY_BYTES);
    return row >= 0 && this.#store.verify(row);
  }

  /** Notes the hash of a file that was read; `size` is the number of bytes that were read. */
  setHash(i: number, hash: Uint8Array, size: number): void {
    const { source } = this.#examples[i]!;
    this.#hashes.set(hash, i * KEY_BYTES);
    this.#known[i] = 1;
    // A file that changed since it was listed has another time by now.
    if (size === source.size) this.#files.add(source, hash);
  }

  /** Notes why an example cannot be used. */
  setReason(i: number, reason: string): void {
    this.#reasons.set(i, reason);
  }

  /** Everything in the order of the examples; each must be settled. */
  rows(): Omit<StoredRows, 'computed'> {
    const skipped: Skipped[] = [];
    const kept = new Int32Array(this.#examples.length - this.#reasons.size);
    const rows = new Int32Array(kept.length);
    const hashes = new Uint8Array(kept.length * KEY_BYTES);
    let at = 0;
    this.#examples.forEach(({ file }, i) => {
      const reason = this.#reasons.get(i);
      if (reason !== undefined) {
        skipped.push({ file, reason });
        return;
      }
      kept[at] = i;
      rows[at] = this.#store.find(this.#hashes, i * KEY_BYTES);
      hashes.set(this.#hashes.subarray(i * KEY_BYTES, (i + 1) * KEY_BYTES), at * KEY_BYTES);
      at++;
    });
    return { kept, rows, hashes, skipped };
  }
}
