import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';

describe('Random', () => {
  it('repeats for one seed and differs for another', () => {
    const draw = (seed: number | string) => Array.from({ length: 5 }, (_, i) => i).map(() => new Random(seed).uint32());
    expect(draw(1)).toEqual(draw(1));
    expect(new Random(1).uint32()).not.toBe(new Random(2).uint32());
    expect(new Random('a').uint32()).not.toBe(new Random('b').uint32());
  });

  it('draws uniform numbers: mean, variance and buckets within five standard errors', () => {
    const random = new Random(42);
    const count = 100_000;
    const buckets = new Float64Array(16);
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < count; i++) {
      const value = random.next();
      sum += value;
      squares += value * value;
      buckets[Math.floor(value * 16)]! += 1;
    }
    const mean = sum / count;
    expect(Math.abs(mean - 0.5)).toBeLessThan((5 * Math.sqrt(1 / 12)) / Math.sqrt(count));
    expect(Math.abs(squares / count - mean * mean - 1 / 12)).toBeLessThan(0.002);
    const chiSquare = buckets.reduce((total, seen) => total + (seen - count / 16) ** 2 / (count / 16), 0);
    expect(chiSquare).toBeLessThan(50);
  });

  it('draws normal numbers of mean 0 and variance 1', () => {
    const random = new Random(3);
    const values = Array.from({ length: 50_000 }, () => random.normal());
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.025);
    expect(Math.abs(variance - 1)).toBeLessThan(0.04);
  });

  it('shuffles to a permutation and draws integers below the bound', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(fc.integer()),
        fc.integer({ min: 1, max: 1_000_000 }),
        (seed, items, bound) => {
          const random = new Random(seed);
          const shuffled = random.shuffle([...items]);
          expect([...shuffled].sort()).toEqual([...items].sort());
          const drawn = random.integer(bound);
          expect(drawn >= 0 && drawn < bound && Number.isInteger(drawn)).toBe(true);
        },
      ),
    );
  });

  it('forks independent streams by name', () => {
    expect(new Random(5).fork('folds').uint32()).toBe(new Random(5).fork('folds').uint32());
    expect(new Random(5).fork('folds').uint32()).not.toBe(new Random(5).fork('holdout').uint32());
  });
});
