import { BudgetError, type Context, InputError } from '../base/index.ts';
import { requireTable } from './checks.ts';
import { breathe } from './guard.ts';
import { LinearHead } from './linear-head.ts';
import type { CodeTable, CrossFit, FittedHead, Folds } from './method.ts';
import { Products } from './products.ts';
import { DualSvm, ROUGH } from './smo.ts';
import { foldMoments, type Moments, standardised } from './standardise.ts';

/** Rows up to which the Gram matrix is made: 64 MB. */
export const MOST_DUAL_ROWS = 4000;

export type MarginLoss = 'hinge' | 'squared-hinge';

/** Penalties of one loss, strongest first. */
export interface DualPath {
  readonly loss: MarginLoss;
  readonly penalties: readonly number[];
}

/**
 * Out-of-fold margins of SVMs along paths of penalties, in the dual. All losses, folds and classes share one Gram matrix of codes that
 * are standardised with all rows, labels aside; held-out rows get their margins as the dual is solved.
 */
export async function crossFitDual(
  table: CodeTable,
  folds: Folds,
  paths: readonly DualPath[],
  context: Context,
): Promise<readonly CrossFit[]> {
  requireTable(table, folds);
  const { gram, rows } = await gramOf(table);
  const results: CrossFit[] = [];
  for (const { loss, penalties } of paths) {
    const duals = Array.from(
      { length: folds.count * table.classes },
      (_, k) => new DualSvm(gram, signsOf(table.labels, k % table.classes)),
    );
    for (const lambda of penalties) {
      const scores = new Float32Array(rows * table.classes);
      for (let fold = 0; fold < folds.count; fold++) {
        const costs = costsOf(table, lambda, (row) => folds.fold[row] !== fold);
        for (let c = 0; c < table.classes; c++) {
          if (!(await breathe(context))) return results;
          const dual = duals[fold * table.classes + c]!;
          dual.solve(costs, loss, 1 / lambda, ROUGH);
          for (let row = 0; row < rows; row++) {
            if (folds.fold[row] === fold) scores[row * table.classes + c] = dual.margin[row]! + dual.intercept;
          }
        }
      }
      results.push({ params: { loss, lambda }, scores });
    }
  }
  return results;
}

/**
 * Fits SVMs on all rows, in the dual.
 *
 * @throws BudgetError when the deadline passed before the last class was solved
 */
export async function fitDual(
  table: CodeTable,
  loss: MarginLoss,
  lambda: number,
  context: Context,
): Promise<FittedHead> {
  requireTable(table);
  const { gram, rows, codes, moments } = await gramOf(table);
  const { cols } = table.codes;
  const costs = costsOf(table, lambda, () => true);
  const signed = new Float32Array(table.classes * rows);
  const coefficients = new Float64Array(table.classes * (cols + 1));
  for (let c = 0; c < table.classes; c++) {
    if (!(await breathe(context))) {
      throw new BudgetError('The budget ended before a head could be fitted', { fix: 'Give it more time' });
    }
    const signs = signsOf(table.labels, c);
    const dual = new DualSvm(gram, signs);
    dual.solve(costs, loss, 1 / lambda);
    for (let row = 0; row < rows; row++) signed[c * rows + row] = dual.alpha[row]! * signs[row]!;
    coefficients[c * (cols + 1) + cols] = dual.intercept;
  }
  const products = new Products();
  try {
    const weights = await products.float32(signed, codes, { rows: table.classes, inner: rows, cols });
    for (let c = 0; c < table.classes; c++)
      coefficients.set(weights.subarray(c * cols, (c + 1) * cols), c * (cols + 1));
  } finally {
    await products.release();
  }
  return LinearHead.fromStandardised({ loss, lambda }, coefficients, moments);
}

interface Gram {
  readonly gram: Float32Array;
  readonly rows: number;
  /** Standardised, in memory. */
  readonly codes: Float32Array;
  readonly moments: Moments;
}

async function gramOf(table: CodeTable): Promise<Gram> {
  const { rows, cols } = table.codes;
  const moments = foldMoments(table, undefined).all;
  const codes = new Float32Array(rows * cols);
  let at = 0;
  for (const block of standardised(table.codes, moments).blocks()) {
    codes.set(block.data, at);
    at += block.data.length;
  }
  const products = new Products();
  try {
    return {
      gram: await products.float32(codes, codes, { rows, inner: cols, cols: rows }, { b: true }),
      rows,
      codes,
      moments,
    };
  } finally {
    await products.release();
  }
}

function signsOf(labels: Int32Array, positive: number): Float64Array {
  return Float64Array.from(labels, (label) => (label === positive ? 1 : -1));
}

/** sᵢ / (λ Σ s) for rows that are trained on, 0 for the others: the objective divided by λ. */
function costsOf({ labels, weights }: CodeTable, lambda: number, trains: (row: number) => boolean): Float64Array {
  const costs = Float64Array.from(labels, (_, row) => (trains(row) ? (weights?.[row] ?? 1) : 0));
  const total = costs.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) throw new InputError('Cannot fit an SVM: the examples to train on weigh nothing');
  return costs.map((weight) => weight / (lambda * total));
}
