import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { suspects } from './suspects.ts';

interface Case {
  readonly name: string;
  readonly classes: number;
  readonly labels: number[];
  readonly probabilities: number[];
  readonly issues: number[];
  readonly margins: number[];
}

// Recorded from cleanlab by tools/record-data-fixtures.py.
const fixture = new URL('../../../test/fixtures/data/confident-learning.json', import.meta.url);
const { cases }: { cases: Case[] } = JSON.parse(readFileSync(fixture, 'utf8'));

test.each(cases)(
  'finds what cleanlab finds, in its order: $name',
  ({ classes, labels, probabilities, issues, margins }) => {
    const found = suspects(Float32Array.from(probabilities), Int32Array.from(labels), classes);
    expect(found.map(({ index }) => index).sort((a, b) => a - b)).toEqual([...issues].sort((a, b) => a - b));
    found.forEach(({ index, margin, given, suggested, confidence }, rank) => {
      expect(margin).toBeCloseTo(margins[rank]!, 5);
      expect(given).toBe(labels[index]);
      expect(suggested).not.toBe(given);
      expect(confidence).toBeCloseTo(probabilities[index * classes + suggested]!, 6);
    });
  },
);

test('the fixture has both clean and noisy cases', () => {
  expect(cases.map(({ issues }) => issues.length > 0)).toEqual([true, true, true, false]);
});

test('passes over unlabelled rows and classes without examples', () => {
  const probabilities = Float32Array.of(0.9, 0.1, 0, 0.8, 0.2, 0, 0.1, 0.9, 0, 0.95, 0.05, 0, 0, 0, 1);
  const labels = Int32Array.of(0, 0, 1, 1, -1);
  expect(suspects(probabilities, labels, 3)).toEqual([
    { index: 3, given: 1, suggested: 0, confidence: Math.fround(0.95), margin: expect.closeTo(-0.9, 6) },
  ]);
});

test('refuses arrays that do not fit', () => {
  expect(() => suspects(new Float32Array(5), new Int32Array(2), 3)).toThrow(RangeError);
});
