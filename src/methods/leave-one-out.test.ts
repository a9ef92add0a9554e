import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Clusters, clusters, inBlocks, solveDense } from '../../test/support/code-tables.ts';
import { relativeError } from '../../test/support/run-model.ts';
import { asBlocks, InputError, quietContext, UsageError } from '../base/index.ts';
import { leaveOneOut } from './leave-one-out.ts';

interface Fixture {
  readonly tables: readonly {
    readonly classes: number;
    readonly cols: number;
    readonly labels: readonly number[];
    readonly codes: readonly number[];
    readonly ridge: readonly { readonly alpha: number; readonly leftOut: readonly (readonly number[])[] }[];
  }[];
}

const { tables }: Fixture = JSON.parse(
  readFileSync(new URL('../../test/fixtures/methods/ridge-knn.json', import.meta.url), 'utf8'),
);
const context = quietContext();

/** Trains without a row, for each of all rows or of some, at alpha = λ·Σs of all, on codes scaled by the deviation of all rows. */
function leftOut(shape: Clusters, lambda: number, left?: readonly number[]): number[] {
  const { data, labels, classes, weights } = clusters(shape);
  const { rows, cols } = shape;
  const s = Array.from({ length: rows }, (_, row) => weights?.[row] ?? 1);
  const total = s.reduce((sum, weight) => sum + weight, 0);
  const features = Array.from({ length: cols }, (_, j) => j);
  const mean = features.map((j) => s.reduce((sum, weight, row) => sum + weight * data[row * cols + j]!, 0) / total);
  const sigma = features.map((j) =>
    Math.sqrt(s.reduce((sum, weight, row) => sum + weight * (data[row * cols + j]! - mean[j]!) ** 2, 0) / total),
  );
  const x = s.map((_, row) => [...features.map((j) => (data[row * cols + j]! - mean[j]!) / sigma[j]!), 1]);
  return (left ?? s.map((_, row) => row)).flatMap((out) => {
    const rest = s.map((weight, row) => (row === out ? 0 : weight));
    // The intercept is a column of ones without a penalty.
    const matrix = x[0]!.map((_, i) =>
      x[0]!.map((_, j) =>
        rest.reduce((sum, w, row) => sum + w * x[row]![i]! * x[row]![j]!, i === j && i < cols ? lambda * total : 0),
      ),
    );
    return Array.from({ length: classes }, (_, c) => {
      const right = x[0]!.map((_, j) =>
        rest.reduce((sum, w, row) => sum + w * x[row]![j]! * (labels[row] === c ? 1 : -1), 0),
      );
      return solveDense(matrix, right).reduce((sum, w, j) => sum + w * x[out]![j]!, 0);
    });
  });
}

const WEIGHTS = [1, 0.25, 3, 0];

describe('leaveOneOut', () => {
  it.each<readonly [string, Clusters]>([
    ['more rows', { rows: 30, cols: 5, classes: 3 }],
    ['more features', { rows: 14, cols: 20, classes: 3 }],
    [
      'more rows, weighted',
      { rows: 30, cols: 5, classes: 2, weights: Float32Array.from({ length: 30 }, (_, i) => WEIGHTS[i % 4]!) },
    ],
    [
      'more features, weighted',
      { rows: 15, cols: 20, classes: 2, weights: Float32Array.from({ length: 15 }, (_, i) => WEIGHTS[i % 4]!) },
    ],
  ])('is what training without each row says of it: %s', async (_, shape) => {
    const lambdas = [10, 0.3, 0.01];
    const results = await leaveOneOut(clusters(shape), lambdas, context);
    expect(results.map(({ params }) => params.lambda)).toEqual(lambdas);
    for (const [step, lambda] of lambdas.entries()) {
      expect(relativeError(results[step]!.scores, leftOut(shape, lambda))).toBeLessThan(2e-5);
    }
  });

  it.each(tables.map((table) => [`${table.labels.length} × ${table.cols}`, table] as const))(
    'is scikit-learn’s RidgeCV: %s',
    async (_, { classes, cols, labels, codes, ridge }) => {
      const rows = labels.length;
      const table = {
        codes: asBlocks({ rows, cols, data: Float32Array.from(codes) }),
        labels: Int32Array.from(labels),
        classes,
      };
      const results = await leaveOneOut(
        table,
        ridge.map(({ alpha }) => alpha / rows),
        context,
      );
      for (const [step, { leftOut: wanted }] of ridge.entries()) {
        expect(relativeError(results[step]!.scores, wanted.flat())).toBeLessThan(1e-5);
      }
    },
  );

  it('goes past one chunk of unit vectors, and reads blocks whose buffer is used again', async () => {
    const shape = { rows: 262, cols: 264, classes: 2, apart: 0.1 };
    const wide = clusters(shape);
    const [got] = await leaveOneOut({ ...wide, codes: inBlocks(wide, 64) }, [1], context);
    const rows = [7, 261];
    const scores = rows.flatMap((row) => [...got!.scores.subarray(2 * row, 2 * row + 2)]);
    expect(relativeError(scores, leftOut(shape, 1, rows))).toBeLessThan(2e-5);
    const tall = clusters({ rows: 100, cols: 8, classes: 2, apart: 0.3 });
    const [streamed] = await leaveOneOut({ ...tall, codes: inBlocks(tall, 64) }, [1], context);
    const wanted = leftOut({ rows: 100, cols: 8, classes: 2, apart: 0.3 }, 1);
    expect(relativeError(streamed!.scores, wanted)).toBeLessThan(2e-5);
  });

  it('refuses one example, and penalties that are none', async () => {
    const table = clusters({ rows: 6, cols: 3, classes: 2 });
    const weights = Float32Array.of(1, 0, 0, 0, 0, 0);
    await expect(leaveOneOut({ ...table, weights }, [1], context)).rejects.toThrow(InputError);
    await expect(leaveOneOut(table, [1, 0], context)).rejects.toThrow(UsageError);
    expect(await leaveOneOut(table, [1, 2], quietContext({ deadline: 0 }))).toEqual([]);
  });
});
