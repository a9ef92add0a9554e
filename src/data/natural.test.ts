import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareNatural } from './natural.ts';

test('digits count by value', () => {
  const names = ['img10', 'img2', 'img1.jpg', 'img1', '10', '9', 'a/10/x', 'a/9/x', 'img02', 'img002'];
  expect([...names].sort(compareNatural)).toEqual([
    '9',
    '10',
    'a/9/x',
    'a/10/x',
    'img1',
    'img1.jpg',
    'img002',
    'img02',
    'img2',
    'img10',
  ]);
  expect(compareNatural('9'.repeat(40), `1${'0'.repeat(40)}`)).toBeLessThan(0);
});

test('is a total order', () => {
  const name = fc.string({ unit: fc.constantFrom('0', '1', '2', '9', 'a', 'b', '/', '.', ' ', 'é'), maxLength: 6 });
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      expect(Math.sign(compareNatural(a, b))).toBe(-Math.sign(compareNatural(b, a)) + 0);
      expect(compareNatural(a, b) === 0).toBe(a === b);
      if (compareNatural(a, b) < 0 && compareNatural(b, c) < 0) expect(compareNatural(a, c)).toBeLessThan(0);
    }),
    { numRuns: 2000 },
  );
});
