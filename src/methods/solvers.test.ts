import { describe, expect, it } from 'vitest';
import { clusters, pick } from '../../test/support/code-tables.ts';
import { descend, type LossName, objective, type Problem, standardise } from '../../test/support/objectives.ts';
import { relativeError } from '../../test/support/run-model.ts';
import { asBlocks, quietContext } from '../base/index.ts';
import type { CodesMethod, CodeTable, FittedHead } from './method.ts';
import { softmax } from './softmax.ts';
import { svm } from './svm.ts';

const context = quietContext();

/** The objective of a head, in float64, on standardised codes. */
async function scoreHead(
  name: LossName,
  head: FittedHead,
  table: CodeTable & { data: Float32Array },
  penalty: number,
): Promise<{ ours: number; problem: Problem }> {
  const { cols } = table.codes;
  const { x, mean, deviation } = standardise(table.data, cols, table.weights);
  const unit = new Float32Array((cols + 1) * cols);
  for (let j = 0; j < cols; j++) unit[(j + 1) * cols + j] = deviation[j]!;
  const answers = await head.predict(asBlocks({ rows: cols + 1, cols, data: unit }));
  const w = new Float64Array(table.classes * (cols + 1));
  for (let c = 0; c < table.classes; c++) {
    let intercept = answers[c]!;
    for (let j = 0; j < cols; j++) {
      const weight = answers[(j + 1) * table.classes + c]! - answers[c]!;
      w[c * (cols + 1) + j] = weight;
      intercept += (weight * mean[j]!) / deviation[j]!;
    }
    w[c * (cols + 1) + cols] = intercept;
  }
  const problem: Problem = {
    x,
    labels: table.labels,
    classes: table.classes,
    ...(table.weights !== undefined && { weights: table.weights }),
  };
  return { ours: objective(name, problem, w, penalty).value, problem };
}

const cases: readonly [LossName, CodesMethod, object][] = [
  ['softmax', softmax, {}],
  ['squared-hinge', svm, { loss: 'squared-hinge' }],
  ['hinge', svm, { loss: 'hinge' }],
];

describe.each(cases)('%s', (name, method, extra) => {
  const overlapping = clusters({ rows: 80, cols: 5, classes: 3, apart: 0.5 });
  const wide = clusters({ rows: 20, cols: 40, classes: 3, apart: 0.5 });
  const weights = Float32Array.from({ length: 80 }, (_, i) => 0.25 + (i % 4));

  it.each([
    ['more rows than columns', overlapping, 0.05],
    ['more columns than rows', wide, 0.3],
    ['weighted', { ...overlapping, weights }, 0.05],
  ])('reaches the optimum that long plain descent in float64 finds: %s', async (_, table, lambda) => {
    const head = await method.fit(table, { ...extra, lambda }, context);
    const { ours, problem } = await scoreHead(name, head, table, lambda);
    const theirs = descend(name, problem, lambda, 6000);
    expect(ours).toBeLessThanOrEqual(theirs * (1 + 1e-4));
    // Ours cannot be far below either: the descent comes close.
    expect(ours).toBeGreaterThan(theirs * 0.99);
  });

  it('treats a weight of 2 as the row twice', async () => {
    const double = Float32Array.from({ length: 80 }, (_, i) => (i % 5 === 0 ? 2 : 1));
    const rows = Array.from({ length: 80 }, (_, i) => i).flatMap((i) => (double[i] === 2 ? [i, i] : [i]));
    const one = await method.fit({ ...overlapping, weights: double }, { ...extra, lambda: 0.1 }, context);
    const two = await method.fit(pick(overlapping, rows), { ...extra, lambda: 0.1 }, context);
    expect(relativeError(await two.predict(overlapping.codes), await one.predict(overlapping.codes))).toBeLessThan(
      0.02,
    );
  });

  it('leaves constant columns alone', async () => {
    const flat = { ...overlapping, data: overlapping.data.slice() };
    for (let i = 0; i < 80; i++) flat.data[i * 5 + 2] = 7;
    const table = { ...flat, codes: asBlocks({ rows: 80, cols: 5, data: flat.data }) };
    const head = await method.fit(table, { ...extra, lambda: 0.1 }, context);
    const moved = flat.data.slice();
    for (let i = 0; i < 80; i++) moved[i * 5 + 2] = 1000;
    const shifted = await head.predict(asBlocks({ rows: 80, cols: 5, data: moved }));
    expect(relativeError(shifted, await head.predict(table.codes))).toBeLessThan(1e-5);
  });

  it('refuses a penalty that is none', async () => {
    await expect(async () => method.fit(overlapping, { ...extra, lambda: 0 }, context)).rejects.toThrow(/lambda/);
  });
});

describe('svm', () => {
  it('finds the same squared-hinge solution in the dual and in the primal', async () => {
    const small = clusters({ rows: 400, cols: 6, classes: 2, apart: 0.4 });
    // Seven copies of each row are the same problem, and beyond the rows that are solved in the dual.
    const large = pick(
      small,
      Array.from({ length: 2800 }, (_, i) => i % 400),
    );
    const params = { loss: 'squared-hinge', lambda: 0.1 };
    const dual = await (await svm.fit(small, params, context)).predict(small.codes);
    const primal = await (await svm.fit(large, params, context)).predict(small.codes);
    expect(relativeError(primal, dual)).toBeLessThan(0.02);
  });
});
