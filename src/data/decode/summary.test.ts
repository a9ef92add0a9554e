import fc from 'fast-check';
import { expect, test } from 'vitest';
import { summarise } from './summary.ts';

/** The same by its definition: averages of grey over boxes, one by one. */
function naive(pixels: Uint8Array, width: number, height: number) {
  const box = (columns: number, rows: number, c: number, r: number) => {
    const left = Math.floor((c * width) / columns);
    const right = Math.max(left + 1, Math.floor(((c + 1) * width) / columns));
    const top = Math.floor((r * height) / rows);
    const bottom = Math.max(top + 1, Math.floor(((r + 1) * height) / rows));
    let sum = 0;
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const [red, green, blue] = pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3);
        sum += Math.floor((77 * red! + 150 * green! + 29 * blue! + 128) / 256);
      }
    }
    return { sum, area: (right - left) * (bottom - top) };
  };
  const thumbnail = Array.from({ length: 256 }, (_, i) => {
    const { sum, area } = box(16, 16, i % 16, Math.floor(i / 16));
    return Math.floor((sum + Math.floor(area / 2)) / area);
  });
  let bits = '';
  for (let r = 0; r < 8; r++) {
    for (let c = 0; c < 8; c++) {
      const a = box(9, 8, c, r);
      const b = box(9, 8, c + 1, r);
      bits += a.sum * b.area < b.sum * a.area ? '1' : '0';
    }
  }
  return { thumbnail, fingerprint: BigInt(`0b${bits}`) };
}

test('thumbnail and hash are those of their definitions', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1 }),
      (width, height, seed) => {
        let state = seed;
        const pixels = Uint8Array.from({ length: width * height * 3 }, () => {
          state = (Math.imul(state, 1103515245) + 12345) | 0;
          return state >>> 24;
        });
        const { thumbnail, fingerprint } = summarise(pixels, width, height);
        const expected = naive(pixels, width, height);
        expect([...thumbnail]).toEqual(expected.thumbnail);
        expect(fingerprint).toBe(expected.fingerprint);
      },
    ),
  );
});

test('white, black, and a ramp to the right', () => {
  const flat = (value: number) => summarise(new Uint8Array(224 * 224 * 3).fill(value), 224, 224);
  expect(flat(255)).toEqual({ thumbnail: new Uint8Array(256).fill(255), fingerprint: 0n });
  expect(flat(0)).toEqual({ thumbnail: new Uint8Array(256), fingerprint: 0n });
  const ramp = Uint8Array.from({ length: 224 * 224 * 3 }, (_, i) => Math.floor(i / 3) % 224);
  expect(summarise(ramp, 224, 224).fingerprint).toBe(0xffffffffffffffffn);
});
