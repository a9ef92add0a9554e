import { closeSync, fstatSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import {
  type ChunkHeader,
  decodeHeader,
  encodeChunk,
  HEADER_BYTES,
  type StoredFailure,
  type StoredRow,
} from './chunk.ts';
import { diskError } from './disk-error.ts';

/** A chunk and where it stands in its file. */
export interface Chunk extends ChunkHeader {
  readonly start: number;
}

/** A segment that is being written: chunks are appended, each by one write. */
export interface SegmentWriter {
  readonly fd: number;
  readonly path: string;
  /** Appends a chunk, complete or not at all. */
  append(rows: readonly StoredRow[], failures: readonly StoredFailure[]): Chunk;
}

/** Writes bytes at a position, all of them or it throws: replaceable, so that tests can fill the disk. */
export type WriteAt = (fd: number, bytes: Uint8Array, position: number) => void;

/** @throws InputError when the disk refuses, saying what, where and what to do */
export function createSegment(path: string, channels: readonly number[], write: WriteAt = writeAt): SegmentWriter {
  let fd: number;
  try {
    fd = openSync(path, 'wx+');
  } catch (error) {
    throw diskError('write codes to', path, error);
  }
  let end = 0;
  let memory: Buffer<ArrayBuffer> = Buffer.alloc(0);
  return {
    fd,
    path,
    append(rows, failures) {
      const bytes = encodeChunk(channels, rows, failures, memory);
      memory = bytes;
      const header = decodeHeader(bytes, channels)!;
      const start = end;
      try {
        // A failed write leaves a torn tail, which the next append overwrites and readers ignore.
        write(fd, bytes, start);
      } catch (error) {
        throw diskError('write codes to', path, error, bytes.length);
      }
      end += bytes.length;
      return { ...header, start };
    },
  };
}

/**
 * The chunks of a segment that are whole, in order. Reading stops at the first header that is not one: a torn tail, or
 * what another process is writing at this moment. A damaged index skips its chunk.
 *
 * @param visit given each chunk with its index part
 */
export function scanSegment(
  fd: number,
  channels: readonly number[],
  visit: (chunk: Chunk, index: Buffer) => void,
): void {
  const { size } = fstatSync(fd);
  let start = 0;
  const head = Buffer.alloc(HEADER_BYTES);
  while (start + HEADER_BYTES <= size) {
    if (!readFully(fd, head, start)) return;
    const header = decodeHeader(head, channels);
    if (header === undefined) return;
    const end = start + HEADER_BYTES + header.indexBytes + header.codesBytes;
    if (end > size) return;
    const index = Buffer.allocUnsafe(header.indexBytes);
    if (!readFully(fd, index, start + HEADER_BYTES)) return;
    if (crc32(index) === header.indexCrc) visit({ ...header, start }, index);
    start = end;
  }
}

/** One piece of memory for all checks: allocating anew for each chunk lets the process grow until the next collection. */
const piece = Buffer.allocUnsafeSlow(1 << 18);

/** Whether the codes of a chunk are what was written. */
export function codesAreWhole(fd: number, chunk: Chunk): boolean {
  let crc = 0;
  for (let done = 0; done < chunk.codesBytes; done += piece.length) {
    const part = piece.subarray(0, Math.min(piece.length, chunk.codesBytes - done));
    if (!readFully(fd, part, codesStart(chunk) + done)) return false;
    crc = crc32(part, crc);
  }
  return crc === chunk.codesCrc;
}

/** Byte position of a chunk's codes in its file. */
export function codesStart(chunk: Chunk): number {
  return chunk.start + HEADER_BYTES + chunk.indexBytes;
}

/** Fills `target` from a position; false where the file ends before. */
export function readFully(fd: number, target: Uint8Array, position: number): boolean {
  let done = 0;
  while (done < target.length) {
    const got = readSync(fd, target, done, target.length - done, position + done);
    if (got === 0) return false;
    done += got;
  }
  return true;
}

/** Closes a written segment and gives it its final name, which says that it will not grow. Returns that name. */
export function sealSegment(writer: SegmentWriter): string {
  closeSync(writer.fd);
  const sealed = writer.path.replace(/\.part$/, '.seg');
  renameSync(writer.path, sealed);
  return sealed;
}

function writeAt(fd: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}
