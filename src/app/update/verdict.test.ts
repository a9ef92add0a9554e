import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from './verdict.ts';

/** Models on `count` images: both right but for those that only one gets right. */
function duel(count: number, onlyOld: number, onlyNew: number) {
  return {
    old: Uint8Array.from({ length: count }, (_, i) => (i < onlyOld || i >= onlyOld + onlyNew ? 1 : 0)),
    updated: Uint8Array.from({ length: count }, (_, i) => (i >= onlyOld ? 1 : 0)),
    groups: Int32Array.from({ length: count }, (_, i) => i),
  };
}

describe('judge', () => {
  it.each([
    [40, 5, 0, 'worse'],
    [40, 1, 0, 'alike'],
    [40, 3, 2, 'alike'],
    [400, 4, 0, 'alike'],
    [400, 7, 2, 'worse'],
    [4000, 60, 30, 'worse'],
    [400, 0, 20, 'better'],
    [0, 0, 0, 'alike'],
  ] as const)('of %i images %i only by the old, %i only by the new: %s', (count, onlyOld, onlyNew, verdict) => {
    expect(judge(duel(count, onlyOld, onlyNew))).toEqual({ verdict, gained: onlyNew, lost: onlyOld });
  });

  it('does not take the frames of one video for many votes', () => {
    const many = duel(1000, 0, 30);
    expect(judge(many).verdict).toBe('better');
    expect(judge({ ...many, groups: many.groups.map((i) => (i < 30 ? 0 : i)) }).verdict).toBe('alike');
  });

  it('never lets a model through that loses more than a point and an image', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 300 }), fc.nat(60), fc.nat(60), (count, onlyOld, onlyNew) => {
        fc.pre(onlyOld + onlyNew <= count);
        const net = onlyOld - onlyNew;
        if (net >= 2 && net > 0.01 * count) expect(judge(duel(count, onlyOld, onlyNew)).verdict).toBe('worse');
      }),
    );
  });
});
