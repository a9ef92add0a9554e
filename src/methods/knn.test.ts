import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clusters, foldsOf, inBlocks, pick } from '../../test/support/code-tables.ts';
import { relativeError, runModel } from '../../test/support/run-model.ts';
import { AbortedError, asBlocks, BudgetError, float32, quietContext, UsageError } from '../base/index.ts';
import { GraphBuilder } from '../onnx/index.ts';
import { knn } from './knn.ts';

interface Fixture {
  readonly tables: readonly {
    readonly classes: number;
    readonly cols: number;
    readonly labels: readonly number[];
    readonly codes: readonly number[];
    readonly queries: readonly number[];
    readonly knn: readonly {
      readonly k: number;
      readonly weighted: boolean;
      readonly votes: readonly number[];
      readonly shares: readonly (readonly number[])[];
    }[];
  }[];
}

const { tables }: Fixture = JSON.parse(
  readFileSync(new URL('../../test/fixtures/methods/ridge-knn.json', import.meta.url), 'utf8'),
);
const context = quietContext();

describe('knn', () => {
  it.each(tables.map((table) => [`${table.labels.length} × ${table.cols}, ${table.classes} classes`, table] as const))(
    'votes as scikit-learn’s KNeighborsClassifier, smoothed: %s',
    async (_, { classes, cols, labels, codes, queries, knn: wanted }) => {
      const data = Float32Array.from(codes);
      const table = { codes: asBlocks({ rows: labels.length, cols, data }), labels: Int32Array.from(labels), classes };
      const asked = asBlocks({ rows: queries.length / cols, cols, data: Float32Array.from(queries) });
      for (const { k, weighted, votes, shares } of wanted) {
        const scores = await (await knn.fit(table, { k, weighted }, context)).predict(asked);
        for (const [i, row] of shares.entries()) {
          for (const [c, share] of row.entries()) {
            const smoothed = (votes[i]! * share + 1 / classes) / (votes[i]! + 1);
            expect(Math.exp(scores[i * classes + c]!)).toBeCloseTo(smoothed, 5);
          }
        }
      }
    },
  );

  it('crossFit is fit on the other folds, for every setting of the space', async () => {
    const table = clusters({ rows: 66, cols: 6, classes: 3, apart: 1 });
    const folds = foldsOf(table, 4);
    const results = await knn.crossFit(table, folds, context);
    expect(results.map(({ params }) => params)).toEqual(knn.space({ rows: 66, cols: 6, classes: 3, folds: 4 }));
    expect(results).toHaveLength(5);
    const all = Array.from({ length: 66 }, (_, row) => row);
    for (const { params, scores } of results) {
      for (let f = 0; f < 4; f++) {
        const held = all.filter((row) => folds.fold[row] === f);
        const head = await knn.fit(
          pick(
            table,
            all.filter((row) => folds.fold[row] !== f),
          ),
          params,
          context,
        );
        const got = held.flatMap((row) => [...scores.subarray(row * 3, row * 3 + 3)]);
        expect(relativeError(got, await head.predict(pick(table, held).codes))).toBeLessThan(1e-5);
      }
    }
  });

  it('asks for no more neighbours than a fold leaves', async () => {
    const table = clusters({ rows: 6, cols: 3, classes: 2 });
    const settings = knn.space({ rows: 6, cols: 3, classes: 2, folds: 3 });
    expect(settings.map(({ k }) => k)).toEqual([1, 4, 4]);
    const results = await knn.crossFit(table, foldsOf(table, 3), context);
    expect(results.map(({ params }) => params)).toEqual(settings);
    for (const { scores } of results) expect(scores.every((score) => Number.isFinite(score) && score < 0)).toBe(true);
  });

  it('weights scale votes, whatever their unit, and rows of weight 0 do not vote', async () => {
    const codes = asBlocks({ rows: 4, cols: 2, data: Float32Array.of(1, 0, 1, 0.1, 1, 0.2, 1, 0.01) });
    const table = { codes, labels: Int32Array.of(0, 1, 1, 0), classes: 2 };
    const asked = asBlocks({ rows: 1, cols: 2, data: Float32Array.of(1, 0) });
    for (const unit of [1, 10]) {
      const weights = Float32Array.of(4 * unit, unit, unit, 0);
      const head = await knn.fit({ ...table, weights }, { k: 3, weighted: false }, context);
      // Votes 2, 1/2 and 1/2 at mean 1, and 1/2 to each class.
      expect(relativeError(await head.predict(asked), [Math.log(2.5 / 4), Math.log(1.5 / 4)])).toBeLessThan(1e-6);
    }
  });

  it.each([
    ['one neighbour', { k: 1, weighted: false }, undefined],
    ['plain votes', { k: 5, weighted: false }, undefined],
    ['near ones count more', { k: 20, weighted: true }, undefined],
    ['class weights', { k: 5, weighted: false }, Float32Array.from({ length: 40 }, (_, row) => [1, 3, 0.5][row % 3]!)],
    ['both', { k: 5, weighted: true }, Float32Array.from({ length: 40 }, (_, row) => [1, 3, 0][row % 3]!)],
    ['more neighbours than rows', { k: 50, weighted: true }, undefined],
  ])('puts the same scores into a graph: %s', async (_, params, weights) => {
    const table = clusters({ rows: 40, cols: 6, classes: 3, ...(weights === undefined ? {} : { weights }) });
    const head = await knn.fit(table, params, context);
    const builder = new GraphBuilder();
    builder.output(head.toGraph(builder, builder.input('codes', 'float32', ['N', 6])), 'float32', ['N', 3]);
    const queries = clusters({ rows: 9, cols: 6, classes: 3, seed: 4 }).data;
    queries.fill(0, 0, 6);
    const outputs = await runModel(builder.build(), { codes: float32([9, 6], queries) });
    const wanted = await head.predict(asBlocks({ rows: 9, cols: 6, data: queries }));
    expect(relativeError(Object.values(outputs)[0]!.data, wanted)).toBeLessThan(2e-5);
  });

  it('reads blocks whose buffer is used again as it reads one block', async () => {
    const table = clusters({ rows: 50, cols: 6, classes: 3 });
    const folds = foldsOf(table, 3);
    const whole = await knn.crossFit(table, folds, context);
    const blocks = await knn.crossFit({ ...table, codes: inBlocks(table, 7) }, folds, context);
    for (const [step, { scores }] of blocks.entries()) {
      expect(relativeError(scores, whole[step]!.scores)).toBeLessThan(1e-5);
    }
  });

  it('stops at the deadline with nothing, and when it is aborted', async () => {
    const table = clusters({ rows: 30, cols: 5, classes: 2 });
    const late = quietContext({ deadline: 0 });
    expect(await knn.crossFit(table, foldsOf(table, 3), late)).toEqual([]);
    await expect(knn.fit(table, { k: 1, weighted: false }, late)).rejects.toThrow(BudgetError);
    const aborted = quietContext({ signal: AbortSignal.abort() });
    await expect(knn.crossFit(table, foldsOf(table, 3), aborted)).rejects.toThrow(AbortedError);
  });

  it('refuses settings that are none', async () => {
    const table = clusters({ rows: 12, cols: 5, classes: 2 });
    for (const params of [{ k: 0, weighted: false }, { k: 1.5, weighted: false }, { k: 5 }, { weighted: true }]) {
      await expect(knn.fit(table, params as Record<string, number | boolean>, context)).rejects.toThrow(UsageError);
    }
  });
});
