import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeFolds, makeHoldout, uniteGroups } from './split.ts';

const labelsOf = (max: number) =>
  fc.array(fc.integer({ min: 0, max }), { minLength: 10, maxLength: 120 }).map((l) => Int32Array.from(l));

function counts(labels: Int32Array, part: Int32Array, parts: number): number[][] {
  const table = Array.from({ length: parts }, () => new Array<number>(Math.max(...labels) + 1).fill(0));
  labels.forEach((label, i) => void table[part[i]!]![label]!++);
  return table;
}

function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

test('without groups the counts of each class and the sizes of the folds differ by at most 1', () => {
  fc.assert(
    fc.property(labelsOf(5), fc.integer({ min: 2, max: 10 }), fc.nat(), (labels, count, seed) => {
      const { fold } = makeFolds(labels, undefined, { count, seed });
      const table = counts(labels, fold, count);
      for (const label of table[0]!.keys()) expect(spread(table.map((row) => row[label]!))).toBeLessThanOrEqual(1);
      expect(spread(table.map((row) => row.reduce((a, b) => a + b)))).toBeLessThanOrEqual(1);
    }),
  );
});

test('groups of one class stay whole, and class counts differ by at most the largest group of the class', () => {
  const groups = fc.array(fc.record({ label: fc.integer({ min: 0, max: 3 }), size: fc.integer({ min: 1, max: 9 }) }), {
    minLength: 5,
    maxLength: 60,
  });
  fc.assert(
    fc.property(groups, fc.integer({ min: 2, max: 5 }), fc.nat(), (units, count, seed) => {
      const labels = Int32Array.from(units.flatMap(({ label, size }) => new Array<number>(size).fill(label)));
      const group = Int32Array.from(units.flatMap(({ size }, g) => new Array<number>(size).fill(g)));
      const { fold } = makeFolds(labels, group, { count, seed });
      const foldOf = new Map<number, number>();
      group.forEach((g, i) => {
        expect(foldOf.get(g) ?? fold[i]).toBe(fold[i]);
        foldOf.set(g, fold[i]!);
      });
      const table = counts(labels, fold, count);
      table[0]!.forEach((_, label) => {
        const largest = Math.max(0, ...units.filter((unit) => unit.label === label).map(({ size }) => size));
        expect(spread(table.map((row) => row[label]!))).toBeLessThanOrEqual(largest);
      });
    }),
  );
});

test('groups across classes stay whole, and each example is in one fold', () => {
  fc.assert(
    fc.property(labelsOf(3), fc.nat(), (labels, seed) => {
      const groups = labels.map((_, i) => (i * 7919 + seed) % 9);
      const { fold, count } = makeFolds(labels, groups, { count: 3, seed });
      expect(fold.every((f) => f >= 0 && f < count)).toBe(true);
      for (let g = 0; g < 9; g++) expect(new Set(fold.filter((_, i) => groups[i] === g)).size).toBeLessThanOrEqual(1);
    }),
  );
});

test('a holdout is a partition near its share, in each class within one example and a half, and cuts no group', () => {
  fc.assert(
    fc.property(labelsOf(4), fc.constantFrom(0.1, 0.2, 0.5), fc.nat(), (labels, share, seed) => {
      const { train, holdout } = makeHoldout(labels, undefined, { share, seed });
      expect([...train, ...holdout].sort((a, b) => a - b)).toEqual(Array.from(labels, (_, i) => i));
      expect(Math.abs(holdout.length - share * labels.length)).toBeLessThanOrEqual(2.5);
    }),
  );
  const groups = Int32Array.from({ length: 100 }, (_, i) => Math.floor(i / 7));
  const { holdout } = makeHoldout(
    Int32Array.from(groups, (g) => g % 2),
    groups,
    { seed: 3 },
  );
  expect(new Set(Array.from(holdout, (i) => groups[i])).size * 7 - holdout.length).toBeLessThanOrEqual(5);
});

test('many small classes together still give a holdout', () => {
  const labels = Int32Array.from({ length: 200 }, (_, i) => i >> 1);
  const { holdout } = makeHoldout(labels, undefined, { share: 0.2, seed: 0 });
  expect(holdout.length).toBeGreaterThan(20);
  expect(holdout.length).toBeLessThanOrEqual(40);
});

test('is the same for one seed and another for another', () => {
  const labels = Int32Array.from({ length: 60 }, (_, i) => i % 3);
  const folds = (seed: number) => makeFolds(labels, undefined, { count: 5, seed }).fold;
  expect(folds(1)).toEqual(folds(1));
  expect(folds(1)).not.toEqual(folds(2));
});

test('warns of classes that are too small or one group', () => {
  const labels = Int32Array.of(0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2);
  const groups = Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 8);
  expect(makeFolds(labels, groups, { count: 3, seed: 0 }).warnings).toEqual([
    { kind: 'absent', label: 1, examples: 2, groups: 2 },
    { kind: 'single-group', label: 2, examples: 3, groups: 1 },
  ]);
});

test('refuses what cannot be split', () => {
  expect(() => makeFolds(new Int32Array(3), undefined, { count: 5, seed: 0 })).toThrow(/3 independent groups/);
  expect(() => makeFolds(new Int32Array(3), undefined, { count: 1, seed: 0 })).toThrow(/2 or more/);
  expect(() => makeHoldout(new Int32Array(3), undefined, { share: 1, seed: 0 })).toThrow(/between 0 and 1/);
  expect(() => makeFolds(new Int32Array(3), new Int32Array(2), { count: 2, seed: 0 })).toThrow(RangeError);
});

test('unites groups and duplicates through chains', () => {
  const names = ['p1', undefined, 'p1', undefined, undefined, 'p2', undefined];
  expect([
    ...uniteGroups(
      names,
      [[1, 2]],
      [
        [3, 5],
        [1, 6],
      ],
    ),
  ]).toEqual([0, 0, 0, 3, 4, 3, 0]);
});
