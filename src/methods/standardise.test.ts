import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusters, foldsOf, inBlocks, pick } from '../../test/support/code-tables.ts';
import { asBlocks, Random } from '../base/index.ts';
import { foldMoments, standardised } from './standardise.ts';

describe('foldMoments', () => {
  it('gives the weighted moments of the rows each fold trains on, in blocks whose buffer is used again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 40 }), fc.integer({ min: 1, max: 9 }), fc.nat(1000), (rows, size, seed) => {
        const random = new Random(seed);
        const weights = Float32Array.from({ length: rows }, () => 0.25 + random.next());
        const table = clusters({ rows, cols: 3, classes: 2, seed, weights });
        const folds = foldsOf(table, 3);
        const { all, training } = foldMoments({ ...table, codes: inBlocks(table, size) }, folds);
        for (const [fold, got] of [[-1, all] as const, ...training.entries()]) {
          const kept = Array.from(weights.keys()).filter((row) => folds.fold[row] !== fold);
          const total = kept.reduce((sum, row) => sum + weights[row]!, 0);
          for (let j = 0; j < 3; j++) {
            const value = (row: number): number => table.data[row * 3 + j]!;
            const mean = kept.reduce((sum, row) => sum + weights[row]! * value(row), 0) / total;
            const square = kept.reduce((sum, row) => sum + weights[row]! * (value(row) - mean) ** 2, 0) / total;
            expect(Math.abs(got.mean[j]! - mean)).toBeLessThan(1e-9 * (1 + Math.abs(mean)));
            expect(Math.abs(got.deviation[j]! - Math.sqrt(square))).toBeLessThan(1e-7 * (1 + Math.sqrt(square)));
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('takes a feature for a constant where only the held-out first row differs, whatever the rounding', () => {
    const random = new Random(1);
    for (let rows = 20; rows < 120; rows++) {
      const data = new Float32Array(rows);
      data[0] = random.normal();
      const weights = Float32Array.from({ length: rows }, () => 0.5 + random.next());
      const table = { codes: asBlocks({ rows, cols: 1, data }), labels: new Int32Array(rows), classes: 2, weights };
      const fold = Int32Array.from({ length: rows }, (_, row) => row % 5);
      const { training } = foldMoments(table, { count: 5, fold });
      expect(training[0]!.deviation[0]).toBe(0);
      expect(training[1]!.deviation[0]).toBeGreaterThan(0);
    }
  });

  it('gives a weight of 0 the moments without the row', () => {
    const weights = Float32Array.from({ length: 20 }, (_, row) => (row % 4 === 1 ? 0 : 1));
    const table = clusters({ rows: 20, cols: 4, classes: 2 });
    const kept = Array.from(weights.keys()).filter((row) => weights[row] === 1);
    const left = foldMoments(pick(table, kept), undefined).all;
    const { all } = foldMoments({ ...table, weights }, undefined);
    for (let j = 0; j < 4; j++) {
      expect(all.mean[j]).toBeCloseTo(left.mean[j]!, 6);
      expect(all.deviation[j]).toBeCloseTo(left.deviation[j]!, 6);
    }
  });
});

describe('standardised', () => {
  it('has mean 0 and deviation 1 far from zero too, and constants at 0', () => {
    const random = new Random(2);
    const data = Float32Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? 30000 + random.normal() : 7));
    const table = { codes: asBlocks({ rows: 100, cols: 2, data }), labels: new Int32Array(100), classes: 2 };
    const { all } = foldMoments(table, undefined);
    const [block] = standardised(table.codes, all).blocks();
    const first = block!.data.filter((_, at) => at % 2 === 0);
    expect(Math.abs(first.reduce((sum, v) => sum + v, 0) / 100)).toBeLessThan(1e-6);
    expect(first.reduce((sum, v) => sum + v * v, 0) / 100).toBeCloseTo(1, 5);
    expect(block!.data.filter((_, at) => at % 2 === 1).every((v) => v === 0)).toBe(true);
  });
});
