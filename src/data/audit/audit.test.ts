import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { classBalance } from './balance.ts';
import { exactDuplicates } from './exact.ts';
import { duplicatesAcrossClasses, leaks } from './groups.ts';
import { oddOnesOut } from './odd.ts';

const hashesOf = (contents: readonly number[]) =>
  Buffer.concat(contents.map((content) => createHash('sha256').update(String(content)).digest()));

test('exact duplicates are what a plain map finds', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 60 }), (contents) => {
      const byContent = new Map<number, number[]>();
      contents.forEach((content, i) => void byContent.set(content, [...(byContent.get(content) ?? []), i]));
      const expected = [...byContent.values()].filter((group) => group.length > 1).sort((a, b) => a[0]! - b[0]!);
      expect(exactDuplicates(hashesOf(contents))).toEqual(expected);
    }),
  );
});

test('hashes that share their first bytes are still told apart', () => {
  const hashes = new Uint8Array(3 * 32).fill(7);
  hashes[2 * 32 - 1] = 8;
  expect(exactDuplicates(hashes)).toEqual([[0, 2]]);
  expect(() => exactDuplicates(new Uint8Array(33))).toThrow(RangeError);
});

test('conflicts and leaks', () => {
  const groups = [
    [0, 1],
    [2, 3, 4],
    [5, 6],
  ];
  expect(duplicatesAcrossClasses(groups, Int32Array.of(0, 0, 2, 1, 2, 1, -1))).toEqual([
    { members: [2, 3, 4], labels: [1, 2] },
  ]);
  expect(leaks(groups, ['train', 'test', 'test', 'validation', 'train', 'train', undefined])).toEqual([
    { members: [0, 1], splits: ['train', 'test'] },
    { members: [2, 3, 4], splits: ['train', 'validation', 'test'] },
  ]);
});

test('balance', () => {
  const labels = Int32Array.from([...new Array<number>(40).fill(0), ...new Array<number>(12).fill(1), 2, 2, -1]);
  expect(classBalance(labels, 4)).toEqual({
    counts: Int32Array.of(40, 12, 2, 0),
    imbalance: 20,
    tooFew: [2, 3],
    few: [1],
  });
  expect(classBalance(Int32Array.of(-1), 0).imbalance).toBe(0);
});

test('odd ones out: the threshold is median + 3.5 · 1.4826 · MAD, and odd values do not move it', () => {
  const novelty = [1, 2, 3, 4, 5, 1000, Number.NaN];
  // Sorted 1 2 3 4 5 1000: median 3.5, deviations 0.5 0.5 1.5 1.5 2.5 996.5, MAD 1.5.
  const { threshold, odd } = oddOnesOut(novelty);
  expect(threshold).toBeCloseTo(3.5 + 3.5 * 1.4826 * 1.5, 10);
  expect(odd).toEqual([{ index: 5, novelty: 1000, deviations: expect.closeTo(996.5 / (1.4826 * 1.5), 8) }]);
  expect(oddOnesOut([1, 2, 3, 4, 5, 1e9]).threshold).toBe(threshold);
});

test('odd ones out: most novel first, limited, and none where all are equal', () => {
  const { odd } = oddOnesOut([0, 0.1, 0.2, 0.1, 9, 12, 0, 0.1], { limit: 1 });
  expect(odd.map(({ index }) => index)).toEqual([5]);
  expect(oddOnesOut([2, 2, 2]).odd).toEqual([]);
  expect(oddOnesOut([2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 9]).odd.map(({ index }) => index)).toEqual([12]);
  expect(oddOnesOut([]).odd).toEqual([]);
});
