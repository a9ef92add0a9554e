import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import type { Source } from '../../data/index.ts';
import { FileIndex } from './file-index.ts';

const folder = mkdtempSync(join(tmpdir(), 'graftwork-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (path: string, changes: Partial<Extract<Source, { kind: 'file' }>> = {}): Source => {
  return { kind: 'file', path, size: 10, mtimeMs: 1_600_000_000_123.5, inode: 3, ...changes };
};
const entry: Source = { kind: 'zip', archive: 'a.zip', entry: '1.png', size: 5, crc32: 77 };
const hash = (value: number) => new Uint8Array(32).fill(value);

function lookUp(index: FileIndex, sources: readonly Source[]): (number | undefined)[] {
  const hashes = new Uint8Array(sources.length * 32);
  const known = index.lookUp(sources, hashes);
  return Array.from(known, (flag, i) => (flag === 1 ? hashes[i * 32] : undefined));
}

it('knows a file by path, size, time and inode, an entry by its checksum', () => {
  const index = new FileIndex(join(folder, 'a', 'index'));
  expect(lookUp(index, [file('x')])).toEqual([undefined]);
  index.add(file('x'), hash(1));
  index.add(entry, hash(2));
  index.flush();
  const changed = [
    file('y'),
    file('x', { size: 11 }),
    file('x', { mtimeMs: 5 }),
    file('x', { inode: 4 }),
    { ...entry, crc32: 78 },
  ];
  expect(lookUp(index, [file('x'), entry, ...changed, file('x')])).toEqual([1, 2, ...changed.map(() => undefined), 1]);
  index.add(file('x'), hash(3));
  index.flush();
  expect(lookUp(new FileIndex(join(folder, 'a', 'index')), [file('x')])).toEqual([3]);
});

it('does not trust a time that the next change could repeat', () => {
  const index = new FileIndex(join(folder, 'b'));
  const now = Date.now();
  const fresh = file('fresh', { mtimeMs: now + 0.25 });
  const coarse = file('coarse', { mtimeMs: Math.floor(now / 1000) * 1000 - 1000 });
  const old = file('old', { mtimeMs: now - 500.25 });
  for (const source of [fresh, coarse, old]) index.add(source, hash(1));
  index.flush();
  expect(lookUp(index, [fresh, coarse, old])).toEqual([undefined, undefined, 1]);
});

it('survives torn and foreign bytes between records', () => {
  const path = join(folder, 'c');
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 67 }), (garbage) => {
      rmSync(path, { force: true });
      const index = new FileIndex(path);
      index.add(file('x'), hash(1));
      index.flush();
      writeFileSync(path, garbage, { flag: 'a' });
      index.add(file('y'), hash(2));
      index.flush();
      expect(lookUp(index, [file('x'), file('y')])).toEqual([1, 2]);
    }),
    { numRuns: 100 },
  );
});

it('starts anew when it is beyond repair', () => {
  const path = join(folder, 'd');
  writeFileSync(path, Buffer.alloc(100_000, 7));
  const index = new FileIndex(path);
  expect(lookUp(index, [file('x')])).toEqual([undefined]);
  index.add(file('x'), hash(1));
  index.flush();
  expect(readFileSync(path).length).toBe(68);
  expect(lookUp(index, [file('x')])).toEqual([1]);
});
