import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KEY_BYTES, RowIndex } from './row-index.ts';

const key = fc.uint8Array({ minLength: KEY_BYTES, maxLength: KEY_BYTES });
/** Keys that share their first four bytes, and so collide. */
const colliding = key.map((bytes) => Uint8Array.from(bytes, (byte, i) => (i < 4 ? 7 : byte)));

it('finds what a Map finds, the latest of equal keys', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(key, colliding), { maxLength: 200 }), key, (keys, stranger) => {
      const index = new RowIndex();
      const rows = new Map<string, number>();
      for (const bytes of keys) rows.set(bytes.join(), index.add(bytes));
      expect(index.count).toBe(keys.length);
      for (const bytes of [...keys, stranger]) expect(index.find(bytes)).toBe(rows.get(bytes.join()) ?? -1);
    }),
  );
});

it('grows beyond its first size, and reads keys at an offset', () => {
  const index = new RowIndex();
  const keys = new Uint8Array(5000 * KEY_BYTES);
  const words = new Uint32Array(keys.buffer);
  for (let row = 0; row < 5000; row++) words.fill(row * 2654435761, row * 8, row * 8 + 8);
  for (let row = 0; row < 5000; row++) expect(index.add(keys, row * KEY_BYTES)).toBe(row);
  const copy = new Uint8Array(KEY_BYTES);
  for (let row = 0; row < 5000; row += 97) {
    expect(index.find(keys, row * KEY_BYTES)).toBe(row);
    index.copyKey(row, copy, 0);
    expect(copy).toEqual(keys.slice(row * KEY_BYTES, (row + 1) * KEY_BYTES));
  }
});
