import { type Context, InputError, type RowBlocks, UsageError } from '../base/index.ts';
import { requireTable } from './checks.ts';
import { Cholesky } from './cholesky.ts';
import { breathe } from './guard.ts';
import { linearScores } from './linear-head.ts';
import type { CodeTable, CrossFit } from './method.ts';
import { Products } from './products.ts';
import { interceptsOf, type RidgeSystem, ridgeSystems } from './ridge-systems.ts';
import { chunked, foldMoments, standardised } from './standardise.ts';

/** Rows or features, whichever are fewer: the matrix of 4,096 fills 134 MB and is factored in about 2 s a penalty. */
const LARGEST = 4096;

/** Right sides of the inverse's diagonal at a time. */
const UNIT_ROWS = 256;

/**
 * What ridge regression says of each row when all others train it, exactly, without training once a row: with the hat matrix
 * H, the residual y − ŷ grows by 1/(1 − Hᵢᵢ) when row i is left out (Allen 1974, 'The relationship between variable
 * selection and data augmentation and a method for prediction'). The intercept is part of H, so the means are those of the
 * other rows too. The penalty stays at λ·Σs and the standard deviations stay those of all rows: they see the row's codes,
 * never its label.
 *
 * @param lambdas penalties, as in `ridge`
 * @returns scores [N × classes] for each penalty, in order; those that are finished at the deadline
 * @throws UsageError where both rows and features are more than 4,096: take a sample
 * @example
 * const [weak] = await leaveOneOut(table, [0.1], context);
 */
export async function leaveOneOut(
  table: CodeTable,
  lambdas: readonly number[],
  context: Context,
): Promise<readonly CrossFit[]> {
  requireTable(table);
  requireTwoRows(table);
  const { rows, cols } = table.codes;
  if (Math.min(rows, cols) > LARGEST) {
    throw new UsageError(`Cannot leave one out of ${rows} rows of ${cols} codes in closed form`, {
      fix: `Take a sample of at most ${LARGEST} rows`,
    });
  }
  const wrong = lambdas.find((lambda) => !(lambda > 0));
  if (wrong !== undefined) throw new UsageError(`Cannot leave one out: lambda is ${wrong}, it must be above 0`);
  const products = new Products();
  try {
    const moments = foldMoments(table, undefined);
    const codes = standardised(table.codes, moments.all);
    const { dual, systems, weights } = await ridgeSystems(codes, table, undefined, moments, products);
    const system = systems[0]!;
    const results: CrossFit[] = [];
    for (const lambda of lambdas) {
      if (!(await breathe(context))) break;
      const alpha = lambda * system.weight;
      const factor = await Cholesky.factor(system.matrix, system.size, alpha, products);
      const solution = await factor.solve(system.rightSides, table.classes);
      let scores: Float32Array;
      if (dual) {
        const own = (await weights([solution], table.classes))[0]!;
        scores = await linearScores(codes, own, Float32Array.from(interceptsOf(system, own)), products);
        leaveOut(scores, table, await dualResiduals(table, system, factor, solution, alpha));
      } else {
        scores = await primalScores(codes, table, system, factor, solution, products);
      }
      results.push({ params: { lambda }, scores });
      context.report({ step: 'Leave-one-out ridge', done: results.length, total: lambdas.length, unit: 'penalties' });
    }
    return results;
  } finally {
    await products.release();
  }
}

/** Hᵢᵢ = sᵢ/S + ‖L⁻¹x̃ᵢ‖², and ŷ beside it, block by block. */
async function primalScores(
  codes: RowBlocks,
  { labels, classes, weights }: CodeTable,
  { mean, targetMean, weight: total }: RidgeSystem,
  factor: Cholesky,
  solution: Float64Array,
  products: Products,
): Promise<Float32Array> {
  const { cols } = codes;
  const scores = new Float32Array(codes.rows * classes);
  let first = 0;
  for (const block of chunked(codes).blocks()) {
    const centred = new Float64Array(block.data);
    for (let i = 0; i < centred.length; i++) centred[i] = centred[i]! - mean[i % cols]!;
    const shape = { rows: block.rows, inner: cols, cols: classes };
    const fitted = await products.float64(centred, solution, shape, { b: true });
    const forward = await factor.forward(centred, block.rows);
    for (let i = 0; i < block.rows; i++) {
      let squares = 0;
      for (let j = i * cols; j < (i + 1) * cols; j++) squares += forward[j]! ** 2;
      const rest = 1 - (weights?.[first + i] ?? 1) * (1 / total + squares);
      for (let c = 0; c < classes; c++) {
        const target = labels[first + i] === c ? 1 : -1;
        const residual = target - targetMean[c]! - fitted[i * classes + c]!;
        scores[(first + i) * classes + c] = target - residual / rest;
      }
    }
    first += block.rows;
  }
  return scores;
}

/** Residuals of the rows that weigh something, each with itself left out: y − ŷ = α·a/√s, 1 − Hᵢᵢ = α(K + αI)⁻¹ᵢᵢ − sᵢ/S. */
async function dualResiduals(
  { weights, classes }: CodeTable,
  { size, weight: total }: RidgeSystem,
  factor: Cholesky,
  solution: Float64Array,
  alpha: number,
): Promise<Float64Array> {
  const residuals = new Float64Array(size * classes);
  for (let start = 0; start < size; start += UNIT_ROWS) {
    const count = Math.min(UNIT_ROWS, size - start);
    const units = new Float64Array(count * size);
    for (let i = 0; i < count; i++) units[i * size + start + i] = 1;
    const forward = await factor.forward(units, count, start);
    for (let i = 0; i < count; i++) {
      let squares = 0;
      for (let j = i * size; j < (i + 1) * size; j++) squares += forward[j]! ** 2;
      const row = start + i;
      const weight = weights?.[row] ?? 1;
      const rest = alpha * squares - weight / total;
      for (let c = 0; c < classes; c++) {
        residuals[row * classes + c] = (alpha * solution[c * size + row]!) / Math.sqrt(weight) / rest;
      }
    }
  }
  return residuals;
}

/** Puts y − residual in place of what was fitted; a row of weight 0 was left out already. */
function leaveOut(scores: Float32Array, { labels, classes, weights }: CodeTable, residuals: Float64Array): void {
  for (const [row, label] of labels.entries()) {
    if (weights?.[row] === 0) continue;
    for (let c = 0; c < classes; c++) {
      scores[row * classes + c] = (label === c ? 1 : -1) - residuals[row * classes + c]!;
    }
  }
}

function requireTwoRows({ labels, weights }: CodeTable): void {
  const count = weights === undefined ? labels.length : weights.filter((weight) => weight > 0).length;
  if (count < 2) throw new InputError(`Cannot leave one out of ${count} example: two are needed`);
}
