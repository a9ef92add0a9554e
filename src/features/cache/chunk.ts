import { crc32 } from 'node:zlib';
import { KEY_BYTES } from './row-index.ts';

/** Side 16, grey: as `data` makes thumbnails. */
export const THUMBNAIL_BYTES = 256;
/** What stands beside each key: fingerprint, width, height, thumbnail. */
const SUMMARY_BYTES = 8 + 4 + 4 + THUMBNAIL_BYTES;
export const HEADER_BYTES = 40;
/** `grfc`, little-endian. */
const MAGIC = 0x63667267;
const FORMAT = 1;
/** More than any writer makes; a header that claims more is damaged. */
const MOST_ROWS = 65_536;
const MOST_FAILURE_BYTES = 64 * 1024 * 1024;

/** One image's row as the store keeps it. */
export interface StoredRow {
  /** SHA-256 of the file. */
  readonly key: Uint8Array;
  readonly fingerprint: bigint;
  /** Size of the original image, upright. */
  readonly width: number;
  readonly height: number;
  readonly thumbnail: Uint8Array;
  /** Codes of all taps, side by side. */
  readonly codes: Float32Array;
}

/** A file whose content cannot be used, and why. */
export interface StoredFailure {
  readonly key: Uint8Array;
  readonly reason: string;
}

/** What the header of a chunk says; lengths are in bytes. */
export interface ChunkHeader {
  readonly rows: number;
  /** Keys, summaries and failures. */
  readonly indexBytes: number;
  readonly codesBytes: number;
  readonly indexCrc: number;
  readonly codesCrc: number;
}

/**
 * A chunk is the unit that is appended to a segment, complete or not at all (little-endian):
 *
 *     header  magic, format, rows, index bytes, codes bytes (64 bits), CRC-32 of index, codes and header, 4 bytes unused
 *     index   rows × key | rows × fingerprint | rows × width, height | rows × thumbnail | failures as JSON
 *     codes   per tap one block [rows × channels] float32, so that reading one tap touches little else
 *
 * @param memory a chunk made before, whose memory may be used again
 */
export function encodeChunk(
  channels: readonly number[],
  rows: readonly StoredRow[],
  failures: readonly StoredFailure[],
  memory?: Buffer<ArrayBuffer>,
): Buffer<ArrayBuffer> {
  const notes = failures.length === 0 ? '' : JSON.stringify(failures.map(({ key, reason }) => [hexOf(key), reason]));
  const noteBytes = Buffer.from(notes);
  const indexBytes = rows.length * (KEY_BYTES + SUMMARY_BYTES) + noteBytes.length;
  const codesBytes = rows.length * sum(channels) * 4;
  const size = HEADER_BYTES + indexBytes + codesBytes;
  const chunk = Buffer.from(
    memory !== undefined && memory.buffer.byteLength >= size ? memory.buffer : new ArrayBuffer(size),
    0,
    size,
  );

  const keys = HEADER_BYTES;
  const fingerprints = keys + rows.length * KEY_BYTES;
  const sizes = fingerprints + rows.length * 8;
  const thumbnails = sizes + rows.length * 8;
  rows.forEach((row, i) => {
    chunk.set(row.key, keys + i * KEY_BYTES);
    chunk.writeBigUInt64LE(row.fingerprint, fingerprints + i * 8);
    chunk.writeUInt32LE(row.width, sizes + i * 8);
    chunk.writeUInt32LE(row.height, sizes + i * 8 + 4);
    chunk.set(row.thumbnail, thumbnails + i * THUMBNAIL_BYTES);
  });
  chunk.set(noteBytes, thumbnails + rows.length * THUMBNAIL_BYTES);

  let at = HEADER_BYTES + indexBytes;
  let column = 0;
  for (const width of channels) {
    for (const { codes } of rows) {
      chunk.set(bytesOf(codes.subarray(column, column + width)), at);
      at += width * 4;
    }
    column += width;
  }

  chunk.writeUInt32LE(MAGIC, 0);
  chunk.writeUInt32LE(FORMAT, 4);
  chunk.writeUInt32LE(rows.length, 8);
  chunk.writeUInt32LE(indexBytes, 12);
  chunk.writeBigUInt64LE(BigInt(codesBytes), 16);
  chunk.writeUInt32LE(crc32(chunk.subarray(HEADER_BYTES, HEADER_BYTES + indexBytes)), 24);
  chunk.writeUInt32LE(crc32(chunk.subarray(HEADER_BYTES + indexBytes)), 28);
  chunk.writeUInt32LE(crc32(chunk.subarray(0, 32)), 32);
  return chunk;
}

/** The header, or undefined where the bytes are none (a torn tail, damage, another tap list). */
export function decodeHeader(bytes: Buffer, channels: readonly number[]): ChunkHeader | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC || bytes.readUInt32LE(4) !== FORMAT)
    return undefined;
  if (bytes.readUInt32LE(32) !== crc32(bytes.subarray(0, 32))) return undefined;
  const rows = bytes.readUInt32LE(8);
  const indexBytes = bytes.readUInt32LE(12);
  const codesBytes = Number(bytes.readBigUInt64LE(16));
  const noteBytes = indexBytes - rows * (KEY_BYTES + SUMMARY_BYTES);
  if (rows > MOST_ROWS || noteBytes < 0 || noteBytes > MOST_FAILURE_BYTES) return undefined;
  if (codesBytes !== rows * sum(channels) * 4) return undefined;
  return { rows, indexBytes, codesBytes, indexCrc: bytes.readUInt32LE(24), codesCrc: bytes.readUInt32LE(28) };
}

/** Where things stand in the index part of a chunk, as byte offsets from its start. */
export function indexLayout(rows: number): {
  keys: number;
  fingerprints: number;
  sizes: number;
  thumbnails: number;
  notes: number;
} {
  const fingerprints = rows * KEY_BYTES;
  const sizes = fingerprints + rows * 8;
  const thumbnails = sizes + rows * 8;
  return { keys: 0, fingerprints, sizes, thumbnails, notes: thumbnails + rows * THUMBNAIL_BYTES };
}

/** The failures noted in the index part: reasons by key in hexadecimal. Damage that passed the checksum reads as none. */
export function decodeFailures(index: Buffer, rows: number): [string, string][] {
  const text = index.toString('utf8', indexLayout(rows).notes);
  if (text === '') return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.filter(isPair) : [];
  } catch {
    return [];
  }
}

function isPair(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}

export function hexOf(key: Uint8Array, offset = 0): string {
  return Buffer.from(key.buffer, key.byteOffset + offset, KEY_BYTES).toString('hex');
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
