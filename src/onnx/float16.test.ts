import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './float16.ts';

const codes = Array.from({ length: 65536 }, (_, code) => code);

describe('float16', () => {
  it('keeps every half-precision number', () => {
    for (const code of codes) {
      const value = fromFloat16(code);
      if (!Number.isNaN(value)) expect(toFloat16(value)).toBe(code);
    }
    expect(toFloat16(Number.NaN)).toBe(0x7e00);
  });

  it('rounds to the nearest, ties to even', () => {
    const positive = codes.slice(0, 0x7c01).map(fromFloat16);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7bfe }), fc.double({ min: 0, max: 1, noNaN: true }), (low, share) => {
        const [below, above] = [positive[low]!, positive[low + 1]!];
        const value = below + (above - below) * share;
        const middle = (below + above) / 2;
        const nearest = value < middle || (value === middle && low % 2 === 0) ? low : low + 1;
        expect(toFloat16(value)).toBe(nearest);
        expect(toFloat16(-value)).toBe(nearest | 0x8000);
      }),
    );
    // Known codes: IEEE 754-2008, binary16.
    expect([1, 65504, 65519.99, 65520, 2 ** -24, 2 ** -25, 0.1].map(toFloat16)).toEqual([
      0x3c00, 0x7bff, 0x7bff, 0x7c00, 1, 0, 0x2e66,
    ]);
  });
});

describe('bfloat16', () => {
  it('keeps every number and rounds to the nearest', () => {
    for (const code of codes) {
      const value = fromBfloat16(code);
      if (!Number.isNaN(value)) expect(toBfloat16(value)).toBe(code);
    }
    expect(toBfloat16(1 + 2 ** -8)).toBe(0x3f80);
    expect(toBfloat16(1 + 3 * 2 ** -8)).toBe(0x3f82);
    expect(fromBfloat16(toBfloat16(Number.NaN))).toBeNaN();
  });
});
