import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floatOfHalf, halfOfFloat } from './half.ts';

describe('half', () => {
  it('gives every float16 its own bits back', () => {
    const wrong: number[] = [];
    for (let half = 0; half < 65536; half++) {
      const value = floatOfHalf(half);
      const back = halfOfFloat(value);
      if (Number.isNaN(value) ? !Number.isNaN(floatOfHalf(back)) : back !== half) wrong.push(half);
    }
    expect(wrong).toEqual([]);
  });

  it('rounds to the nearest, ties to even', () => {
    fc.assert(
      fc.property(fc.float({ min: Math.fround(-65504), max: Math.fround(65504), noNaN: true }), (value) => {
        const half = halfOfFloat(value);
        const error = Math.abs(floatOfHalf(half) - value);
        for (const neighbour of [half - 1, half + 1]) {
          if ((neighbour & 0x7fff) > 0x7bff || (neighbour & 0x8000) !== (half & 0x8000)) continue;
          const other = Math.abs(floatOfHalf(neighbour) - value);
          expect(error).toBeLessThanOrEqual(other);
          if (error === other) expect(half % 2).toBe(0);
        }
      }),
    );
  });

  it('knows the landmarks of the format', () => {
    expect(halfOfFloat(1)).toBe(0x3c00);
    expect(halfOfFloat(65504)).toBe(0x7bff);
    expect(halfOfFloat(65519.99)).toBe(0x7bff);
    expect(halfOfFloat(65520)).toBe(0x7c00);
    expect(halfOfFloat(2 ** -25)).toBe(0);
    expect(halfOfFloat(1.5 * 2 ** -24)).toBe(2);
    expect(halfOfFloat(-0)).toBe(0x8000);
  });
});
