import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { decodeFailures, indexLayout, type StoredRow, THUMBNAIL_BYTES } from './chunk.ts';
import { type Chunk, codesAreWhole, codesStart, createSegment, readFully, scanSegment } from './segment.ts';

const folder = mkdtempSync(join(tmpdir(), 'graftwork-segment-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CHANNELS = [2, 3];

const stored: fc.Arbitrary<StoredRow> = fc.record({
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  fingerprint: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  width: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  height: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  thumbnail: fc.uint8Array({ minLength: THUMBNAIL_BYTES, maxLength: THUMBNAIL_BYTES }),
  codes: fc.float32Array({ minLength: 5, maxLength: 5, noNaN: true }),
});

let files = 0;

/** Writes chunks to a file and hands its descriptor over. */
function withSegment(chunks: readonly StoredRow[][], use: (fd: number, written: readonly Chunk[]) => void): void {
  const path = join(folder, `${files++}.part`);
  const writer = createSegment(path, CHANNELS);
  const written = chunks.map((rows) => writer.append(rows, []));
  try {
    use(writer.fd, written);
  } finally {
    closeSync(writer.fd);
    rmSync(path);
  }
}

function scan(fd: number): { chunk: Chunk; index: Buffer }[] {
  const found: { chunk: Chunk; index: Buffer }[] = [];
  scanSegment(fd, CHANNELS, (chunk, index) => found.push({ chunk, index }));
  return found;
}

it('gives back what was written, tap by tap', () => {
  fc.assert(
    fc.property(fc.array(fc.array(stored, { minLength: 1, maxLength: 4 }), { maxLength: 3 }), (chunks) => {
      withSegment(chunks, (fd) => {
        const found = scan(fd);
        expect(found.length).toBe(chunks.length);
        found.forEach(({ chunk, index }, c) => {
          const rows = chunks[c]!;
          const at = indexLayout(rows.length);
          expect(codesAreWhole(fd, chunk)).toBe(true);
          const bytes = new Uint8Array(chunk.codesBytes);
          readFully(fd, bytes, codesStart(chunk));
          const codes = new Float32Array(bytes.buffer);
          rows.forEach((row, i) => {
            expect(index.subarray(at.keys + i * 32, at.keys + i * 32 + 32)).toEqual(Buffer.from(row.key));
            expect(index.readBigUInt64LE(at.fingerprints + i * 8)).toBe(row.fingerprint);
            expect(index.readUInt32LE(at.sizes + i * 8)).toBe(row.width);
            expect(index.readUInt32LE(at.sizes + i * 8 + 4)).toBe(row.height);
            expect(codes.slice(i * 2, i * 2 + 2)).toEqual(row.codes.slice(0, 2));
            const second = rows.length * 2 + i * 3;
            expect(codes.slice(second, second + 3)).toEqual(row.codes.slice(2));
          });
        });
      });
    }),
    { numRuns: 50 },
  );
});

it('keeps the whole chunks of a file that was cut anywhere', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(stored, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 }),
      fc.nat(),
      (chunks, cut) => {
        withSegment(chunks, (fd, written) => {
          const last = written.at(-1)!;
          const length = cut % (codesStart(last) + last.codesBytes + 1);
          ftruncateSync(fd, length);
          const whole = written.filter((chunk) => codesStart(chunk) + chunk.codesBytes <= length);
          expect(scan(fd).map(({ chunk }) => chunk)).toEqual(whole);
        });
      },
    ),
    { numRuns: 50 },
  );
});

it('notices a changed byte wherever it is, and never throws', () => {
  fc.assert(
    fc.property(
      fc.array(stored, { minLength: 1, maxLength: 3 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (rows, where, flip) => {
        withSegment([rows], (fd, [chunk]) => {
          const size = codesStart(chunk!) + chunk!.codesBytes;
          const position = where % size;
          const byte = new Uint8Array(1);
          readFully(fd, byte, position);
          writeSync(fd, Uint8Array.of(byte[0]! ^ flip), 0, 1, position);
          const whole = scan(fd).filter((found) => codesAreWhole(fd, found.chunk));
          // The last four bytes of a header mean nothing.
          expect(whole.length).toBe(position >= 36 && position < 40 ? 1 : 0);
        });
      },
    ),
    { numRuns: 200 },
  );
});

it('reads garbage as nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const path = join(folder, 'garbage');
      const fd = openSync(path, 'w+');
      writeSync(fd, bytes);
      expect(scan(fd)).toEqual([]);
      closeSync(fd);
    }),
    { numRuns: 50 },
  );
});

it('keeps failures with their reasons', () => {
  const path = join(folder, 'failures.part');
  const writer = createSegment(path, CHANNELS);
  const key = new Uint8Array(32).fill(0xab);
  writer.append([], [{ key, reason: 'not an image (first bytes 00 00) – “größer”' }]);
  const [found] = scan(writer.fd);
  expect(decodeFailures(found!.index, 0)).toEqual([['ab'.repeat(32), 'not an image (first bytes 00 00) – “größer”']]);
  expect(readFileSync(path).length).toBe(codesStart(found!.chunk));
  closeSync(writer.fd);
});
