import { UsageError } from '../base/index.ts';
import { crossFitPath, fitPath, type Path, pathSeconds } from './linear-path.ts';
import { squaredHingeLoss } from './losses.ts';
import type { CodesMethod, Params } from './method.ts';
import { crossFitDual, type DualPath, fitDual, type MarginLoss, MOST_DUAL_ROWS } from './svm-dual.ts';

/**
 * Penalties of each loss, strongest first. On standardised image codes of three data sets squared hinge is best between
 * λ = 0.03 and 10, and hinge ties with it: two are enough to see where it would not.
 */
const SQUARED = [10, 3.16, 1, 0.316, 0.1, 0.0316];
const HINGE = [1, 0.1];

/**
 * Linear support vector machine, one class against the rest, on standardised codes:
 *
 *     minimise  Σ sᵢ · loss(1 − yᵢ(w·xᵢ + b)) / Σ sᵢ  +  λ/2 ‖w‖²      intercepts unpenalised
 *
 * with the loss max(0, s)² (`squared-hinge`, liblinear's default) or max(0, s) (`hinge`). λ relates to liblinear's C as λ = 1 / (C · Σ sᵢ).
 * Scores are the margins. Small tables are solved in the dual, where one Gram matrix serves all folds, classes and penalties;
 * larger ones in the primal, where hinge, which ties with its square, is left out.
 */
export const svm: CodesMethod = {
  id: 'svm',
  tasks: ['classification'],
  needs: 'codes',
  space: ({ rows }) => [
    ...SQUARED.map((lambda) => ({ loss: 'squared-hinge', lambda })),
    ...(rows <= MOST_DUAL_ROWS ? HINGE.map((lambda) => ({ loss: 'hinge', lambda })) : []),
  ],
  cost({ rows, cols, classes, folds }) {
    const dual = (settings: number) => folds * classes * settings * rows * rows * SMO_SECONDS;
    const hinge = rows <= MOST_DUAL_ROWS ? 0.1 + 2e-11 * rows * rows * cols + dual(HINGE.length) : 0;
    if (rows <= MOST_SQUARED_DUAL_ROWS) return hinge + dual(SQUARED.length);
    return hinge + pathSeconds(rows, cols, classes * folds, SQUARED.length * 14);
  },
  async crossFit(table, folds, context) {
    const { rows } = table.codes;
    const hinge: DualPath[] = rows <= MOST_DUAL_ROWS ? [{ loss: 'hinge', penalties: HINGE }] : [];
    if (rows <= MOST_SQUARED_DUAL_ROWS) {
      return crossFitDual(table, folds, [{ loss: 'squared-hinge', penalties: SQUARED }, ...hinge], context);
    }
    const squared = await crossFitPath(table, folds, squaredPath(SQUARED), context, 'SVM');
    // A path cut short by the deadline is the last that there was time for.
    if (hinge.length === 0 || squared.length < SQUARED.length) return squared;
    return [...squared, ...(await crossFitDual(table, folds, hinge, context))];
  },
  fit(table, params, context) {
    const { loss, lambda } = settingsOf(params);
    const { rows } = table.codes;
    if (rows <= (loss === 'hinge' ? MOST_DUAL_ROWS : MOST_SQUARED_DUAL_ROWS))
      return fitDual(table, loss, lambda, context);
    if (loss === 'hinge') {
      throw new UsageError(`Cannot fit an SVM with hinge loss on more than ${MOST_DUAL_ROWS} rows`, {
        fix: "Use loss 'squared-hinge'",
      });
    }
    const stronger = SQUARED.filter((penalty) => penalty > lambda * 1.01);
    return fitPath(table, squaredPath([...stronger, lambda]), context, 'SVM');
  },
};

/** Seconds for each row and row of a dual problem: about two steps a row, three loops over the rows a step. */
const SMO_SECONDS = 6e-9;

/**
 * Rows up to which squared hinge is solved in the dual: 720 × 1,280 in 12 classes takes 0.5 s there and 4 s in the primal,
 * 2,062 × 1,280 in 10 classes 2.8 s and 5 s; it grows with the square of the rows, the primal in proportion to them.
 */
const MOST_SQUARED_DUAL_ROWS = 2500;

function squaredPath(penalties: readonly number[]): Path {
  return {
    loss: squaredHingeLoss,
    steps: penalties.map((lambda) => ({ params: { loss: 'squared-hinge', lambda }, penalty: () => lambda })),
  };
}

function settingsOf({ loss, lambda }: Params): { loss: MarginLoss; lambda: number } {
  if ((loss === 'hinge' || loss === 'squared-hinge') && typeof lambda === 'number' && lambda > 0)
    return { loss, lambda };
  throw new UsageError(`Cannot fit an SVM with loss ${JSON.stringify(loss)} and lambda ${JSON.stringify(lambda)}`, {
    fix: "Pass loss 'hinge' or 'squared-hinge', and a lambda above 0",
  });
}
