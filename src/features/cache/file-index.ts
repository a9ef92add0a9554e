import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, mkdirSync, openSync, readSync, statSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Source } from '../../data/index.ts';
import { diskError } from './disk-error.ts';
import { KEY_BYTES, RowIndex } from './row-index.ts';

/** identity (SHA-256 of path, size, time, inode) | SHA-256 of the content | CRC-32 of both */
const RECORD_BYTES = 2 * KEY_BYTES + 4;
/** Read in pieces of this many records. */
const PIECE_RECORDS = 16_384;
/** 7.9 million files. What is older than the current content of a larger index is not worth keeping. */
const LARGEST_BYTES = 512 * 1024 * 1024;
/** Records gathered before they are written. */
const WRITE_RECORDS = 256;
/** A file changed this recently could change again without a new time: its record is not kept. */
const FINE_CLOCK_MS = 50;
/** FAT and some network disks keep whole or even seconds. */
const COARSE_CLOCK_MS = 2000;

/**
 * Remembers which content a file had by its path, size, time of change and inode, so that a warm run reads no image. A
 * log of fixed-size records that several processes append to; only what the current list asks for is held in memory.
 */
export class FileIndex {
  readonly #path: string;
  #pending: Buffer[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Looks up many files at once, in one pass over the index.
   *
   * @param hashes receives the SHA-256 of file i at 32·i where it is known
   * @returns 1 for each file that is known, 0 otherwise
   */
  lookUp(sources: readonly Source[], hashes: Uint8Array): Uint8Array {
    const known = new Uint8Array(sources.length);
    const wanted = new RowIndex();
    for (const source of sources) wanted.add(identityOf(source));
    // Of equal identities (a file listed twice) `find` gives the last: the others are filled in from it.
    this.#scan((record, offset) => {
      const row = wanted.find(record, offset);
      if (row < 0) return;
      hashes.set(record.subarray(offset + KEY_BYTES, offset + 2 * KEY_BYTES), row * KEY_BYTES);
      known[row] = 1;
    });
    const key = new Uint8Array(KEY_BYTES);
    for (let i = 0; i < sources.length; i++) {
      wanted.copyKey(i, key, 0);
      const row = wanted.find(key);
      if (row === i || known[row] === 0) continue;
      hashes.copyWithin(i * KEY_BYTES, row * KEY_BYTES, (row + 1) * KEY_BYTES);
      known[i] = 1;
    }
    return known;
  }

  /** Notes the content's hash of a file that was just read. */
  add(source: Source, hash: Uint8Array): void {
    if (source.kind === 'file') {
      const clock = Number.isInteger(source.mtimeMs / 1000) ? COARSE_CLOCK_MS : FINE_CLOCK_MS;
      if (Date.now() - source.mtimeMs < clock) return;
    }
    const record = Buffer.alloc(RECORD_BYTES);
    record.set(identityOf(source), 0);
    record.set(hash.subarray(0, KEY_BYTES), KEY_BYTES);
    record.writeUInt32LE(crc32(record.subarray(0, 2 * KEY_BYTES)), 2 * KEY_BYTES);
    this.#pending.push(record);
    if (this.#pending.length >= WRITE_RECORDS) this.flush();
  }

  /** Writes what was noted. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const records = Buffer.concat(this.#pending);
    this.#pending = [];
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      appendFileSync(this.#path, records);
    } catch (error) {
      throw diskError('write to', this.#path, error, records.length);
    }
  }

  /** Visits every valid record: the buffer and the offset of the record in it. */
  #scan(visit: (records: Buffer, offset: number) => void): void {
    let fd: number;
    try {
      if (statSync(this.#path).size > LARGEST_BYTES) {
        unlinkSync(this.#path);
        return;
      }
      fd = openSync(this.#path, 'r');
    } catch {
      return; // No index yet, or none that can be read: files are read again.
    }
    try {
      const piece = Buffer.allocUnsafe(PIECE_RECORDS * RECORD_BYTES);
      let held = 0;
      for (;;) {
        const got = readSync(fd, piece, held, piece.length - held, null);
        if (got === 0) return;
        held += got;
        let at = 0;
        while (at + RECORD_BYTES <= held) {
          if (isRecord(piece, at)) {
            visit(piece, at);
            at += RECORD_BYTES;
            continue;
          }
          const next = resynchronised(piece, at, held);
          // Damage without a record after it: the rest of the index is lost, and made anew.
          if (next < 0) {
            this.#discard();
            return;
          }
          if (next + RECORD_BYTES > held) {
            at = next;
            break;
          }
          at = next;
        }
        piece.copy(piece, 0, at, held);
        held -= at;
      }
    } catch {
      // The same: files that are not found here are read again.
    } finally {
      closeSync(fd);
    }
  }

  #discard(): void {
    try {
      unlinkSync(this.#path);
    } catch {
      // Another process was first.
    }
  }
}

function isRecord(bytes: Buffer, at: number): boolean {
  return bytes.readUInt32LE(at + 2 * KEY_BYTES) === crc32(bytes.subarray(at, at + 2 * KEY_BYTES));
}

/**
 * A torn append shifts all that follow: the next record then starts within one record's length. Returns its position, a
 * position too near the end to tell, or −1.
 */
function resynchronised(bytes: Buffer, from: number, end: number): number {
  for (let at = from + 1; at <= from + RECORD_BYTES; at++) {
    if (at + RECORD_BYTES > end || isRecord(bytes, at)) return at;
  }
  return -1;
}

function identityOf(source: Source): Uint8Array {
  const parts =
    source.kind === 'file'
      ? ['file', source.path, source.size, source.mtimeMs, source.inode]
      : ['zip', source.archive, source.entry, source.size, source.crc32];
  return createHash('sha256').update(parts.join('\0')).digest();
}
