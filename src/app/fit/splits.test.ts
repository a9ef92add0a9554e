import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Split } from '../../data/index.ts';
import type { Images } from '../images.ts';
import { splitImages } from './splits.ts';

const OPTIONS = { data: '', out: '' };

/** Images of which only labels and splits matter. */
function imagesOf(
  labels: readonly number[],
  splits: readonly (Split | undefined)[] = [],
): Pick<Images, 'classes' | 'labels' | 'examples'> {
  return {
    classes: ['a', 'b', 'c'],
    labels: Int32Array.from(labels),
    examples: labels.map((label, i) => {
      const split = splits[i];
      return {
        file: `${i}.jpg`,
        source: { kind: 'file', path: `${i}.jpg`, size: 1, mtimeMs: 0, inode: i },
        label,
        ...(split !== undefined && { split }),
      };
    }),
  };
}

const alone = (count: number) => Int32Array.from({ length: count }, (_, i) => i);

describe('splitImages', () => {
  it('locks a fifth of 750 images or more away, and nothing of fewer', () => {
    const labels = Array.from({ length: 800 }, (_, i) => i % 2);
    const { compare, holdout } = splitImages(imagesOf(labels), alone(800), OPTIONS);
    expect(holdout).toHaveLength(160);
    expect(compare).toHaveLength(640);
    const few = splitImages(imagesOf(labels.slice(0, 700)), alone(700), OPTIONS);
    expect(few.holdout).toHaveLength(0);
    expect(splitImages(imagesOf(labels), alone(800), { ...OPTIONS, holdout: 'none' }).holdout).toHaveLength(0);
    expect(splitImages(imagesOf(labels.slice(0, 100)), alone(100), { ...OPTIONS, holdout: 0.3 }).holdout).toHaveLength(
      30,
    );
  });

  it("takes the user's test images, without those whose picture is among the others", () => {
    const labels = Array.from({ length: 40 }, (_, i) => i % 2);
    const splits = labels.map((_, i): Split => (i < 30 ? 'train' : 'test'));
    const groups = alone(40);
    groups[35] = 0;
    const { compare, holdout, notes } = splitImages(imagesOf(labels, splits), groups, OPTIONS);
    expect([...compare]).toEqual([...alone(30)]);
    expect([...holdout]).toEqual([30, 31, 32, 33, 34, 36, 37, 38, 39]);
    expect(notes.join(' ')).toContain('1 test image left out');
  });

  it('takes validation images as the test where there is no test', () => {
    const labels = Array.from({ length: 20 }, (_, i) => i % 2);
    const { holdout } = splitImages(
      imagesOf(
        labels,
        labels.map((_, i): Split => (i < 15 ? 'train' : 'validation')),
      ),
      alone(20),
      OPTIONS,
    );
    expect([...holdout]).toEqual([15, 16, 17, 18, 19]);
  });

  it('leaves out what has no label', () => {
    const { compare } = splitImages(imagesOf([0, 1, -1, 0, 1, 0, 1]), alone(7), OPTIONS);
    expect([...compare]).toEqual([0, 1, 3, 4, 5, 6]);
  });

  it('never cuts a group, and has every image once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 300 })), {
          minLength: 800,
          maxLength: 900,
        }),
        (rows) => {
          const groups = Int32Array.from(rows, ([, group]) => group);
          const { compare, holdout, folds } = splitImages(imagesOf(rows.map(([label]) => label)), groups, OPTIONS);
          expect(compare.length + holdout.length).toBe(rows.length);
          const locked = new Set(Array.from(holdout, (row) => groups[row]));
          const foldOf = new Map<number, number>();
          compare.forEach((row, i) => {
            expect(locked.has(groups[row]!)).toBe(false);
            expect(foldOf.get(groups[row]!) ?? folds.fold[i]).toBe(folds.fold[i]);
            foldOf.set(groups[row]!, folds.fold[i]!);
          });
        },
      ),
      { numRuns: 20 },
    );
  });
});
