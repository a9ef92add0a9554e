import { BudgetError, type Context, type RowBlocks, UsageError } from '../base/index.ts';
import { requireTable } from './checks.ts';
import { Cholesky } from './cholesky.ts';
import { breathe } from './guard.ts';
import { LinearHead } from './linear-head.ts';
import { crossFitPath, fitPath, type Path, pathSeconds } from './linear-path.ts';
import { squaredLoss } from './losses.ts';
import type { CodesMethod, CodeTable, CrossFit, FittedHead, Folds, Params } from './method.ts';
import { Products } from './products.ts';
import { interceptsOf, type RidgeSystem, ridgeSystems } from './ridge-systems.ts';
import { rowsByFold } from './rows-by-fold.ts';
import { foldMoments, standardised } from './standardise.ts';

/**
 * 6 penalties from 30 to 0.1, two a decade, strongest first. On standardised image codes (244, 720 and 2,062 rows of 1,280 and 3,088) the
 * best out-of-fold accuracy is at 0.3 to 3, the least log loss at 1 to 30, and at 100 and 0.01 accuracy is 0.6 to 13 points lower.
 */
const PENALTIES = Array.from({ length: 6 }, (_, i) => Number((10 ** (1.5 - i / 2)).toPrecision(3)));

/**
 * Systems larger than this take the lockstep solver: a factor costs size³/3 for every fold and penalty. At 2,062 rows of 3,088
 * codes, 10 classes and 5 folds the closed form takes 0.6 of the lockstep solver's time, which grows by a power less; where
 * they cross is extrapolated from that.
 */
const CLOSED_SIZE = 2560;

/**
 * Of the lockstep solver. Its default of 1e-5 leaves scores of image codes up to 20 % of the largest away from the exact ones,
 * and this at most 1 %, in about twice the time (720 to 2,062 rows of 1,280 and 3,088).
 */
const TOLERANCE = 1e-8;

/** Float64s that the systems of all folds may fill together: 256 MiB. */
const CLOSED_FLOATS = 32 * 1024 * 1024;

/**
 * Ridge regression on standardised codes, targets +1 for the own class and −1 for the others:
 *
 *     minimise  Σ sᵢ ‖W xᵢ + b − yᵢ‖² / Σ sᵢ  +  λ ‖W‖²      intercepts unpenalised
 *
 * λ relates to scikit-learn's alpha as λ = alpha / Σ sᵢ. Every fold standardises with its own training rows. Solved in closed
 * form up to 2,560 rows or features, whichever are fewer, and by L-BFGS beyond, to about 1 % of the largest score.
 */
export const ridge: CodesMethod = {
  id: 'ridge',
  tasks: ['classification'],
  needs: 'codes',
  space: () => PENALTIES.map((lambda) => ({ lambda })),
  cost({ rows, cols, classes, folds }) {
    if (!isClosedForm(rows, cols, folds)) return pathSeconds(rows, cols, classes * folds, PENALTIES.length * 45);
    return closedSeconds(rows, cols, classes, folds);
  },
  crossFit(table, folds, context) {
    if (isClosedForm(table.codes.rows, table.codes.cols, folds.count)) return crossFitClosed(table, folds, context);
    return crossFitPath(table, folds, ridgePath(PENALTIES), context, 'Ridge regression');
  },
  async fit(table, params, context) {
    const lambda = lambdaOf(params);
    if (isClosedForm(table.codes.rows, table.codes.cols, 1)) return fitClosed(table, params, lambda, context);
    const stronger = PENALTIES.filter((penalty) => penalty > lambda * 1.01);
    return fitPath(table, ridgePath([...stronger, lambda]), context, 'Ridge regression');
  },
};

/** The same regression for the lockstep solver, which has λ/2 in its objective. */
export function ridgePath(lambdas: readonly number[]): Path {
  const steps = lambdas.map((lambda) => ({ params: { lambda }, penalty: () => 2 * lambda }));
  return { loss: squaredLoss, steps, options: { tolerance: TOLERANCE } };
}

function lambdaOf(params: Params): number {
  const { lambda } = params;
  if (typeof lambda !== 'number' || !(lambda > 0)) {
    throw new UsageError(`Cannot fit ridge regression: lambda is ${JSON.stringify(lambda)}, it must be above 0`);
  }
  return lambda;
}

function isClosedForm(rows: number, cols: number, folds: number): boolean {
  const size = Math.min(rows, cols);
  return size <= CLOSED_SIZE && size * size * folds <= CLOSED_FLOATS;
}

/** Products in float64 at 25 GFLOP/s and factors at 12, measured on 2 threads, and a start of 0.1 s. */
function closedSeconds(rows: number, cols: number, classes: number, folds: number): number {
  const training = rows * (1 - 1 / folds);
  const size = cols <= rows ? cols : training;
  const gram = cols <= rows ? 2 * rows * cols ** 2 : 2 * folds * training ** 2 * cols;
  const factors = (folds * PENALTIES.length * size ** 3) / 3;
  const outputs = 2 * folds * PENALTIES.length * classes * rows * cols;
  return 0.1 + gram / 2.5e10 + factors / 1.2e10 + outputs / 2.5e10;
}

async function crossFitClosed(table: CodeTable, folds: Folds, context: Context): Promise<readonly CrossFit[]> {
  requireTable(table, folds);
  const products = new Products();
  try {
    const { classes } = table;
    const moments = foldMoments(table, folds);
    const codes = standardised(table.codes, moments.all);
    const { systems, weights } = await ridgeSystems(codes, table, folds, moments, products);
    const stages: Float64Array[][] = [];
    const total = PENALTIES.length * folds.count;
    let done = 0;
    path: for (const lambda of PENALTIES) {
      const stage: Float64Array[] = [];
      for (const system of systems) {
        if (!(await breathe(context))) break path;
        stage.push(await solved(system, lambda, classes, products));
        context.report({ step: 'Ridge regression', done: ++done, total, unit: 'problems' });
      }
      stages.push(stage);
    }
    const outputs = stages.length * classes;
    const stacked = systems.map(({ size }, fold) => {
      const solutions = new Float64Array(outputs * size);
      for (const [step, stage] of stages.entries()) solutions.set(stage[fold]!, step * classes * size);
      return solutions;
    });
    const scores = stages.map(() => new Float32Array(table.codes.rows * classes));
    if (outputs > 0) await outOfFold(codes, folds, systems, await weights(stacked, outputs), scores, products);
    return scores.map((own, step) => ({ params: { lambda: PENALTIES[step]! }, scores: own }));
  } finally {
    await products.release();
  }
}

async function fitClosed(table: CodeTable, params: Params, lambda: number, context: Context): Promise<FittedHead> {
  requireTable(table);
  const products = new Products();
  try {
    if (!(await breathe(context))) {
      throw new BudgetError('The budget ended before a head could be fitted', { fix: 'Give it more time' });
    }
    const { classes } = table;
    const { cols } = table.codes;
    const moments = foldMoments(table, undefined);
    const codes = standardised(table.codes, moments.all);
    const { systems, weights } = await ridgeSystems(codes, table, undefined, moments, products);
    const system = systems[0]!;
    const own = (await weights([await solved(system, lambda, classes, products)], classes))[0]!;
    const intercepts = interceptsOf(system, own);
    const coefficients = new Float64Array(classes * (cols + 1));
    for (let c = 0; c < classes; c++) {
      coefficients.set(own.subarray(c * cols, (c + 1) * cols), c * (cols + 1));
      coefficients[c * (cols + 1) + cols] = intercepts[c]!;
    }
    return LinearHead.fromStandardised(params, coefficients, moments.all);
  } finally {
    await products.release();
  }
}

/** (matrix + λS·I)⁻¹ · right sides. */
async function solved(
  { matrix, size, weight, rightSides }: RidgeSystem,
  lambda: number,
  classes: number,
  products: Products,
): Promise<Float64Array> {
  const factor = await Cholesky.factor(matrix, size, lambda * weight, products);
  return factor.solve(rightSides, classes);
}

/** Scores of every row by the weights of its own fold; weights [steps · classes × D] of each fold. */
async function outOfFold(
  codes: RowBlocks,
  folds: Folds,
  systems: readonly RidgeSystem[],
  weights: readonly Float32Array[],
  scores: readonly Float32Array[],
  products: Products,
): Promise<void> {
  const { cols } = codes;
  const outputs = weights[0]!.length / cols;
  const classes = outputs / scores.length;
  const intercepts = systems.map((system, fold) => interceptsOf(system, weights[fold]!));
  for (const { fold, rows, data } of rowsByFold(codes, folds.fold, folds.count)) {
    const shape = { rows: rows.length, inner: cols, cols: outputs };
    const part = await products.float32(data, weights[fold]!, shape, { b: true });
    for (const [i, row] of rows.entries()) {
      for (let k = 0; k < outputs; k++) {
        const to = row * classes + (k % classes);
        scores[Math.floor(k / classes)]![to] = part[i * outputs + k]! + intercepts[fold]![k]!;
      }
    }
  }
}
