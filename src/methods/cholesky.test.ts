import { afterAll, describe, expect, it } from 'vitest';
import { solveDense } from '../../test/support/code-tables.ts';
import { relativeError } from '../../test/support/run-model.ts';
import { GraftError, Random } from '../base/index.ts';
import { Cholesky } from './cholesky.ts';
import { Products } from './products.ts';

const products = new Products(1);
afterAll(() => products.release());

/** XXᵀ of n + 3 random columns. */
function gram(n: number, random: Random): Float64Array {
  const x = Array.from({ length: n }, () => Array.from({ length: n + 3 }, () => random.normal()));
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [a, b] = [x[Math.floor(at / n)]!, x[at % n]!];
    return a.reduce((sum, value, j) => sum + value * b[j]!, 0);
  });
}

describe('Cholesky', () => {
  // One block, exactly one, a last block of one row, and several.
  it.each([1, 5, 96, 97, 210])('solves (A + αI)x = r for %i unknowns as elimination does', async (n) => {
    const random = new Random(n);
    const matrix = gram(n, random);
    const right = Float64Array.from({ length: 2 * n }, () => random.normal());
    const solved = await (await Cholesky.factor(matrix, n, 0.5, products)).solve(right, 2);
    const dense = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => matrix[i * n + j]! + (i === j ? 0.5 : 0)),
    );
    const wanted = [0, 1].flatMap((k) => solveDense(dense, [...right.subarray(k * n, (k + 1) * n)]));
    expect(relativeError(solved, wanted)).toBeLessThan(1e-9);
  });

  it('gives L⁻¹r, whose length is √(rᵀ(A + αI)⁻¹r), with leading zeros skipped or not', async () => {
    const n = 210;
    const random = new Random(3);
    const factor = await Cholesky.factor(gram(n, random), n, 2, products);
    const right = Float64Array.from({ length: n }, (_, i) => (i < 150 ? 0 : random.normal()));
    const forward = await factor.forward(right, 1);
    const solved = await factor.solve(right, 1);
    const inner = right.reduce((sum, value, i) => sum + value * solved[i]!, 0);
    expect(forward.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(inner, 10);
    expect(relativeError(await factor.forward(right, 1, 150), forward)).toBeLessThan(1e-14);
  });

  it('reads the lower triangle only', async () => {
    const matrix = Float64Array.of(4, Number.NaN, 1, 3);
    const solved = await (await Cholesky.factor(matrix, 2, 0, products)).solve(Float64Array.of(1, 2), 1);
    expect(relativeError(solved, [1 / 11, 7 / 11])).toBeLessThan(1e-14);
  });

  it('refuses what is not positive definite', async () => {
    await expect(Cholesky.factor(Float64Array.of(1, 2, 2, 1), 2, 0, products)).rejects.toThrow(GraftError);
  });
});
