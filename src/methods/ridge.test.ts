import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clusters, foldsOf, inBlocks, pick, solveDense } from '../../test/support/code-tables.ts';
import { relativeError, runModel } from '../../test/support/run-model.ts';
import { AbortedError, asBlocks, BudgetError, float32, InputError, quietContext, UsageError } from '../base/index.ts';
import { GraphBuilder } from '../onnx/index.ts';
import { crossFitPath } from './linear-path.ts';
import type { CodeTable } from './method.ts';
import { ridge, ridgePath } from './ridge.ts';

interface Fixture {
  readonly tables: readonly {
    readonly classes: number;
    readonly cols: number;
    readonly labels: readonly number[];
    readonly weights: readonly number[];
    readonly codes: readonly number[];
    readonly queries: readonly number[];
    readonly ridge: readonly { readonly alpha: number; readonly decision: readonly (readonly number[])[] }[];
  }[];
}

const { tables }: Fixture = JSON.parse(
  readFileSync(new URL('../../test/fixtures/methods/ridge-knn.json', import.meta.url), 'utf8'),
);
const context = quietContext();

/** Ridge by the normal equations, in float64, on some rows of a table; scores of other rows. */
function naive(
  table: CodeTable & { data: Float32Array },
  lambda: number,
  training: readonly number[],
  queries: readonly number[],
): number[] {
  const { cols } = table.codes;
  const weight = (row: number): number => table.weights?.[row] ?? 1;
  const at = (row: number, j: number): number => table.data[row * cols + j]!;
  const total = training.reduce((sum, row) => sum + weight(row), 0);
  const features = Array.from({ length: cols }, (_, j) => j);
  const mean = features.map((j) => training.reduce((sum, row) => sum + weight(row) * at(row, j), 0) / total);
  const sigma = features.map((j) =>
    Math.sqrt(training.reduce((sum, row) => sum + weight(row) * (at(row, j) - mean[j]!) ** 2, 0) / total),
  );
  const z = (row: number): number[] =>
    features.map((j) => (sigma[j]! > 1e-6 * Math.abs(mean[j]!) ? (at(row, j) - mean[j]!) / sigma[j]! : 0));
  const rows = training.map((row) => ({ s: weight(row), x: z(row), label: table.labels[row]! }));
  const matrix = features.map((i) =>
    features.map((j) => rows.reduce((sum, { s, x }) => sum + s * x[i]! * x[j]!, i === j ? lambda * total : 0)),
  );
  const models = Array.from({ length: table.classes }, (_, c) => {
    const target = (label: number): number => (label === c ? 1 : -1);
    const centre = rows.reduce((sum, { s, label }) => sum + s * target(label), 0) / total;
    const right = features.map((j) =>
      rows.reduce((sum, { s, x, label }) => sum + s * x[j]! * (target(label) - centre), 0),
    );
    return { centre, coefficients: solveDense(matrix, right) };
  });
  return queries.flatMap((row) => {
    const x = z(row);
    return models.map(({ centre, coefficients }) => coefficients.reduce((sum, w, j) => sum + w * x[j]!, centre));
  });
}

function everyOther(rows: number): Float32Array {
  return Float32Array.from({ length: rows }, (_, row) => [1, 0.5, 3, 0][row % 4]!);
}

describe('ridge', () => {
  it.each([
    ['more rows than features', { rows: 60, cols: 7, classes: 3 }],
    ['more features than rows', { rows: 24, cols: 40, classes: 3 }],
    ['two classes', { rows: 20, cols: 6, classes: 2 }],
    ['more rows, weighted', { rows: 60, cols: 7, classes: 3, weights: everyOther(60) }],
    ['more features, weighted', { rows: 24, cols: 40, classes: 3, weights: everyOther(24) }],
  ])('crossFit is ridge by the normal equations on the other folds: %s', async (_, shape) => {
    const table = clusters({ ...shape, apart: 0.5 });
    const folds = foldsOf(table, 4);
    const results = await ridge.crossFit(table, folds, context);
    expect(results.map(({ params }) => params)).toEqual(
      ridge.space({ rows: shape.rows, cols: shape.cols, classes: shape.classes, folds: 4 }),
    );
    const all = Array.from({ length: shape.rows }, (_, row) => row);
    for (const { params, scores } of results) {
      for (let f = 0; f < folds.count; f++) {
        const held = all.filter((row) => folds.fold[row] === f);
        const rest = all.filter((row) => folds.fold[row] !== f);
        const got = held.flatMap((row) => [...scores.subarray(row * shape.classes, (row + 1) * shape.classes)]);
        expect(relativeError(got, naive(table, Number(params.lambda), rest, held))).toBeLessThan(2e-5);
      }
    }
  });

  it.each(tables.map((table) => [`${table.labels.length} × ${table.cols}, ${table.classes} classes`, table] as const))(
    'fit is scikit-learn’s RidgeClassifier: %s',
    async (_, { classes, cols, labels, weights, codes, queries, ridge: wanted }) => {
      const table = {
        codes: asBlocks({ rows: labels.length, cols, data: Float32Array.from(codes) }),
        labels: Int32Array.from(labels),
        classes,
        weights: Float32Array.from(weights),
      };
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (const { alpha, decision } of wanted) {
        const head = await ridge.fit(table, { lambda: alpha / total }, context);
        const scores = await head.predict(
          asBlocks({ rows: queries.length / cols, cols, data: Float32Array.from(queries) }),
        );
        expect(relativeError(scores, decision.flat())).toBeLessThan(1e-5);
      }
    },
  );

  it.each([
    ['more rows', { rows: 30, cols: 6, classes: 3 }],
    ['more features', { rows: 12, cols: 30, classes: 3 }],
  ])('a weight of 2 is a row given twice, a weight of 0 a row left out: %s', async (_, shape) => {
    const plain = clusters(shape);
    const weights = Float32Array.from({ length: shape.rows }, (_, row) => [1, 2, 0, 1, 1][row % 5]!);
    const repeated = Array.from(weights).flatMap((weight, row) => Array.from({ length: weight }, () => row));
    const one = await ridge.fit({ ...plain, weights }, { lambda: 0.1 }, context);
    const two = await ridge.fit(pick(plain, repeated), { lambda: 0.1 }, context);
    expect(relativeError(await one.predict(plain.codes), await two.predict(plain.codes))).toBeLessThan(1e-5);
  });

  it.each([
    ['more rows', { rows: 50, cols: 8, classes: 3 }],
    ['more features', { rows: 20, cols: 32, classes: 3 }],
  ])('the lockstep solver, which larger tables take, agrees to 1 %: %s', async (_, shape) => {
    const table = clusters({ ...shape, apart: 0.5 });
    const folds = foldsOf(table, 4);
    const closed = await ridge.crossFit(table, folds, context);
    const path = ridgePath(closed.map(({ params }) => Number(params.lambda)));
    const solved = await crossFitPath(table, folds, path, context, 'ridge');
    expect(solved).toHaveLength(closed.length);
    for (const [step, { scores }] of solved.entries()) {
      expect(relativeError(scores, closed[step]!.scores)).toBeLessThan(1e-2);
    }
  });

  it.each([
    ['more rows', { rows: 40, cols: 6, classes: 3 }],
    ['more features', { rows: 15, cols: 24, classes: 3 }],
  ])('reads blocks whose buffer is used again as it reads one block: %s', async (_, shape) => {
    const table = clusters(shape);
    const streamed = { ...table, codes: inBlocks(table, 7) };
    const folds = foldsOf(table, 3);
    const whole = await ridge.crossFit(table, folds, context);
    const blocks = await ridge.crossFit(streamed, folds, context);
    for (const [step, { scores }] of blocks.entries()) {
      expect(relativeError(scores, whole[step]!.scores)).toBeLessThan(1e-5);
    }
    const head = await ridge.fit(streamed, { lambda: 1 }, context);
    const same = await ridge.fit(table, { lambda: 1 }, context);
    expect(relativeError(await head.predict(streamed.codes), await same.predict(table.codes))).toBeLessThan(1e-5);
  });

  it.each([
    ['more rows', { rows: 40, cols: 6, classes: 3 }],
    ['more features', { rows: 15, cols: 24, classes: 3 }],
  ])('a constant feature, or one that is constant outside a fold, changes nothing there: %s', async (_, shape) => {
    const table = clusters(shape);
    const folds = foldsOf(table, 3);
    for (let row = 0; row < shape.rows; row++) {
      table.data[row * shape.cols] = 1e4;
      table.data[row * shape.cols + 1] = folds.fold[row] === 0 ? row : 5;
    }
    const results = await ridge.crossFit(table, folds, context);
    const all = Array.from({ length: shape.rows }, (_, row) => row);
    const held = all.filter((row) => folds.fold[row] === 0);
    const rest = all.filter((row) => folds.fold[row] !== 0);
    for (const { params, scores } of results) {
      const got = held.flatMap((row) => [...scores.subarray(row * shape.classes, (row + 1) * shape.classes)]);
      expect(relativeError(got, naive(table, Number(params.lambda), rest, held))).toBeLessThan(1e-4);
    }
  });

  it('puts the same numbers into a graph', async () => {
    const table = clusters({ rows: 40, cols: 6, classes: 3 });
    const head = await ridge.fit(table, { lambda: 0.1 }, context);
    const builder = new GraphBuilder();
    builder.output(head.toGraph(builder, builder.input('codes', 'float32', ['N', 6])), 'float32', ['N', 3]);
    const outputs = await runModel(builder.build(), { codes: float32([40, 6], table.data) });
    expect(relativeError(Object.values(outputs)[0]!.data, await head.predict(table.codes))).toBeLessThan(1e-5);
  });

  it('returns what is finished at the deadline, and stops when it is aborted', async () => {
    const table = clusters({ rows: 30, cols: 5, classes: 2 });
    const folds = foldsOf(table, 3);
    const late = quietContext({ deadline: Date.now() - 1 });
    expect(await ridge.crossFit(table, folds, late)).toEqual([]);
    await expect(ridge.fit(table, { lambda: 1 }, late)).rejects.toThrow(BudgetError);
    const controller = new AbortController();
    controller.abort();
    const aborted = quietContext({ signal: controller.signal });
    await expect(ridge.crossFit(table, folds, aborted)).rejects.toThrow(AbortedError);
    let reports = 0;
    const context = { ...quietContext(), report: () => void reports++ };
    const cut = {
      ...context,
      get deadline() {
        return reports < 7 ? Number.POSITIVE_INFINITY : 0;
      },
    };
    const some = await ridge.crossFit(table, folds, cut);
    const whole = await ridge.crossFit(table, folds, quietContext());
    expect(some).toHaveLength(2);
    for (const [step, { scores }] of some.entries()) {
      expect(relativeError(scores, whole[step]!.scores)).toBeLessThan(1e-6);
    }
  });

  it('refuses a penalty that is none, and folds that leave nothing to train on', async () => {
    const table = clusters({ rows: 12, cols: 5, classes: 2 });
    for (const lambda of [0, -1, 'x', Number.NaN]) {
      await expect(ridge.fit(table, { lambda }, context)).rejects.toThrow(UsageError);
    }
    const folds = foldsOf(table, 3);
    const weights = Float32Array.from(folds.fold, (fold) => (fold === 1 ? 1 : 0));
    await expect(ridge.crossFit({ ...table, weights }, folds, context)).rejects.toThrow(InputError);
  });
});
