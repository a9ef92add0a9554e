import { BudgetError, type Context } from '../base/index.ts';
import { requireTable } from './checks.ts';
import { LinearHead, linearScores } from './linear-head.ts';
import { type LockstepOptions, type Problem, type SharedData, type Solution, solveInLockstep } from './lockstep.ts';
import type { Loss } from './losses.ts';
import type { CodeTable, CrossFit, FittedHead, Folds, Params } from './method.ts';
import { Products } from './products.ts';
import { topSpectrum } from './spectrum.ts';
import { foldMoments, type Moments, relativeScale, standardised } from './standardise.ts';

/**
 * Eigenpairs in the preconditioner. On image codes (2,000 × 1,280 and 720 × 3,088) 64 leave 142 and 68 passes for a path of
 * 12 penalties, 200 leave 127 and 64, none 289 and 146.
 */
const EIGENPAIRS = 64;

/** A setting of a regularised linear method, as the solver takes it. */
export interface PathStep {
  readonly params: Params;
  /** λ for a problem whose examples weigh `weight` together. */
  penalty(weight: number): number;
}

/** A family of settings that differ in their penalty alone, strongest first. */
export interface Path {
  readonly loss: Loss;
  readonly steps: readonly PathStep[];
  readonly options?: LockstepOptions;
}

/** Out-of-fold scores along a path; what is finished at the deadline. */
export async function crossFitPath(
  table: CodeTable,
  folds: Folds,
  path: Path,
  context: Context,
  title: string,
): Promise<readonly CrossFit[]> {
  requireTable(table, folds);
  const products = new Products();
  try {
    const moments = foldMoments(table, folds);
    const data = sharedData(table, moments.all, folds.fold);
    const spectrum = await topSpectrum(data.codes, EIGENPAIRS, products, context.seed);
    const width = path.loss.width(table.classes);
    const problems = moments.training.flatMap((training, fold) =>
      oneForEach(width, table.classes).map(
        (positive): Problem => ({
          fold,
          positive,
          scale: relativeScale(training, moments.all),
          penalties: path.steps.map((step) => step.penalty(training.weight)),
        }),
      ),
    );
    const stages = path.steps.map(() => new Map<number, Float64Array>());
    const results: CrossFit[] = [];
    let done = 0;
    for await (const solution of solveInLockstep(
      data,
      path.loss,
      problems,
      spectrum,
      products,
      context,
      path.options,
    )) {
      if (!solution.finished) break;
      const stage = stages[solution.step]!;
      stage.set(solution.problem, solution.coefficients);
      context.report({ step: title, done: ++done, total: problems.length * path.steps.length, unit: 'problems' });
      if (stage.size < problems.length) continue;
      const scores = await outOfFold(data, folds, problems, stage, width, products);
      results.push({ params: path.steps[solution.step]!.params, scores });
      stage.clear();
    }
    return results;
  } finally {
    await products.release();
  }
}

/**
 * Fits the last step of a path on all rows.
 *
 * @throws BudgetError when the deadline passed before the first evaluation
 */
export async function fitPath(table: CodeTable, path: Path, context: Context, title: string): Promise<FittedHead> {
  requireTable(table);
  const products = new Products();
  try {
    const { all } = foldMoments(table, undefined);
    const data = sharedData(table, all, undefined);
    const spectrum = await topSpectrum(data.codes, EIGENPAIRS, products, context.seed);
    const width = path.loss.width(table.classes);
    const problems = oneForEach(width, table.classes).map(
      (positive): Problem => ({
        fold: -1,
        positive,
        scale: relativeScale(all, all),
        penalties: path.steps.map((step) => step.penalty(all.weight)),
      }),
    );
    const newest = new Map<number, Solution>();
    for await (const solution of solveInLockstep(
      data,
      path.loss,
      problems,
      spectrum,
      products,
      context,
      path.options,
    )) {
      newest.set(solution.problem, solution);
      const done = [...newest.values()].reduce((sum, each) => sum + each.step + 1, 0);
      context.report({ step: title, done, total: problems.length * path.steps.length, unit: 'problems' });
    }
    if (newest.size < problems.length || [...newest.values()].some(({ value }) => !Number.isFinite(value))) {
      throw new BudgetError('The budget ended before a head could be fitted', { fix: 'Give it more time' });
    }
    const { cols } = table.codes;
    const coefficients = new Float64Array(table.classes * (cols + 1));
    for (const [problem, solution] of newest) coefficients.set(solution.coefficients, problem * width * (cols + 1));
    return LinearHead.fromStandardised(path.steps.at(-1)!.params, coefficients, all);
  } finally {
    await products.release();
  }
}

function sharedData(table: CodeTable, moments: Moments, fold: Int32Array | undefined): SharedData {
  const { labels, classes, weights } = table;
  return { codes: standardised(table.codes, moments), labels, classes, weights, fold };
}

/** The positive class of each problem: −1 where one problem holds all classes. */
function oneForEach(width: number, classes: number): readonly number[] {
  return width === classes && width !== 1 ? [-1] : Array.from({ length: classes }, (_, c) => c);
}

/** Scores of every row by the problems of its own fold, [rows × classes]. */
async function outOfFold(
  data: SharedData,
  folds: Folds,
  problems: readonly Problem[],
  stage: ReadonlyMap<number, Float64Array>,
  width: number,
  products: Products,
): Promise<Float32Array> {
  const { cols } = data.codes;
  const perFold = data.classes;
  const weights = new Float32Array(problems.length * width * cols);
  const intercepts = new Float32Array(problems.length * width);
  for (const [problem, coefficients] of stage) {
    for (let c = 0; c < width; c++) {
      const from = c * (cols + 1);
      const output = problem * width + c;
      weights.set(coefficients.subarray(from, from + cols), output * cols);
      intercepts[output] = coefficients[from + cols]!;
    }
  }
  const all = await linearScores(data.codes, weights, intercepts, products);
  const outputs = intercepts.length;
  const scores = new Float32Array(data.codes.rows * perFold);
  for (let i = 0; i < data.codes.rows; i++) {
    const from = i * outputs + folds.fold[i]! * perFold;
    scores.set(all.subarray(from, from + perFold), i * perFold);
  }
  return scores;
}

/**
 * Seconds for `passes` passes over the codes with `outputs` rows of weights: two products of 2·N·D·K operations each at 60 GFLOP/s and
 * about 25 ns for each parameter's share of L-BFGS, both measured on 2 threads, and a start of 0.15 s.
 */
export function pathSeconds(rows: number, cols: number, outputs: number, passes: number): number {
  return 0.15 + passes * ((4 * rows * cols * outputs) / 6e10 + outputs * cols * 2.5e-8 + rows * outputs * 1.5e-8);
}
