import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clusters, foldsOf, pick } from '../../test/support/code-tables.ts';
import { type LossName, objective, standardise } from '../../test/support/objectives.ts';
import { asBlocks, BudgetError, InputError, quietContext } from '../base/index.ts';
import { LinearHead } from './linear-head.ts';
import type { CodeTable } from './method.ts';
import { softmax } from './softmax.ts';
import { svm } from './svm.ts';

interface Fixture {
  readonly tables: readonly {
    readonly name: string;
    readonly classes: number;
    readonly cols: number;
    readonly labels: readonly number[];
    readonly weights?: readonly number[];
    readonly codes: readonly number[];
    readonly queries: readonly number[];
    readonly optima: readonly {
      readonly loss: LossName;
      readonly lambda: number;
      readonly value: number;
      readonly scores: readonly (readonly number[])[];
    }[];
  }[];
}

const { tables }: Fixture = JSON.parse(
  readFileSync(new URL('../../test/fixtures/methods/heads.json', import.meta.url), 'utf8'),
);

describe.each(tables)('$name', ({ classes, cols, labels, weights, codes, queries, optima }) => {
  const data = Float32Array.from(codes);
  const table: CodeTable = {
    codes: asBlocks({ rows: labels.length, cols, data }),
    labels: Int32Array.from(labels),
    classes,
    ...(weights !== undefined && { weights: Float32Array.from(weights) }),
  };
  const { x, mean, deviation } = standardise(data, cols, table.weights);
  const asked = asBlocks({ rows: queries.length / cols, cols, data: Float32Array.from(queries) });

  it.each(optima)('$loss at λ = $lambda is within 1e-4 of scikit-learn’s or SciPy’s optimum', async (optimum) => {
    const { loss, lambda, value, scores } = optimum;
    const method = loss === 'softmax' ? softmax : svm;
    const head = await method.fit(table, loss === 'softmax' ? { lambda } : { loss, lambda }, quietContext());
    if (!(head instanceof LinearHead)) throw new Error('A linear method gave a head that is not linear');
    const w = new Float64Array(classes * (cols + 1));
    for (let c = 0; c < classes; c++) {
      let intercept = head.intercepts[c]!;
      for (let j = 0; j < cols; j++) {
        const weight = head.weights[c * cols + j]!;
        w[c * (cols + 1) + j] = weight * deviation[j]!;
        intercept += weight * mean[j]!;
      }
      w[c * (cols + 1) + cols] = intercept;
    }
    const ours = objective(loss, { x, labels: table.labels, classes, ...weightsOf(table) }, w, lambda).value;
    expect(ours).toBeLessThanOrEqual(value * (1 + 1e-4));
    // The optimum cannot be beaten: a lower value is another objective. The recorded one is good to 1e-5.
    expect(ours).toBeGreaterThan(value * (1 - 2e-5));
    const answers = await head.predict(asked);
    for (const [i, row] of scores.entries()) {
      const [first, second] = [...row].sort((a, b) => b - a);
      if (first! - second! > 0.05) {
        const own = [...answers.subarray(i * classes, (i + 1) * classes)];
        expect(own.indexOf(Math.max(...own))).toBe(row.indexOf(first!));
      }
    }
  });
});

describe('svm in the dual', () => {
  const table = clusters({ rows: 30, cols: 4, classes: 3 });

  it('scores −1 for a class that the training rows have no example of', async () => {
    const rows = Array.from(table.labels.keys()).filter((row) => row === 2 || table.labels[row] !== 2);
    const rare = pick(table, rows);
    const folds = foldsOf(rare, 3);
    for (const { scores } of await svm.crossFit(rare, folds, quietContext())) {
      for (const [row, fold] of folds.fold.entries()) {
        if (fold === folds.fold[rows.indexOf(2)]) expect(scores[3 * row + 2]).toBeCloseTo(-1, 6);
      }
    }
  });

  it('says so where there is no time for a head, and where a fold leaves nothing to train on', async () => {
    const params = { loss: 'hinge', lambda: 1 };
    await expect(svm.fit(table, params, quietContext({ deadline: 0 }))).rejects.toThrow(BudgetError);
    const folds = { count: 2, fold: Int32Array.from({ length: 30 }, (_, row) => row % 2) };
    const weights = Float32Array.from({ length: 30 }, (_, row) => row % 2);
    await expect(svm.crossFit({ ...table, weights }, folds, quietContext())).rejects.toThrow(InputError);
  });
});

function weightsOf({ weights }: CodeTable): { weights?: Float32Array } {
  return weights === undefined ? {} : { weights };
}
