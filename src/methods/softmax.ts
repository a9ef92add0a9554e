import { UsageError } from '../base/index.ts';
import { crossFitPath, fitPath, type PathStep, pathSeconds } from './linear-path.ts';
import { softmaxLoss } from './losses.ts';
import type { CodesMethod, Params } from './method.ts';

/**
 * 9 penalties from 10 to 1e-3, two a decade, strongest first, so that each starts from the one before. On standardised codes
 * 10 shrinks nearly everything to the class shares, and below 1e-3 the training error of image codes is 0 and accuracy flat.
 */
const PENALTIES = Array.from({ length: 9 }, (_, i) => Number((10 ** (1 - i / 2)).toPrecision(3)));

/**
 * Softmax (multinomial logistic) regression on standardised codes:
 *
 *     minimise  Σ sᵢ · −log softmax(W xᵢ + b)[yᵢ] / Σ sᵢ  +  λ/2 ‖W‖²      intercepts unpenalised
 *
 * λ relates to scikit-learn's C as λ = 1 / (C · Σ sᵢ). Every fold standardises with its own training rows.
 */
export const softmax: CodesMethod = {
  id: 'softmax',
  tasks: ['classification'],
  needs: 'codes',
  space: () => PENALTIES.map((lambda) => ({ lambda })),
  cost: ({ rows, cols, classes, folds }) => pathSeconds(rows, cols, classes * folds, PENALTIES.length * 15),
  crossFit(table, folds, context) {
    const path = { loss: softmaxLoss, steps: PENALTIES.map(stepOf) };
    return crossFitPath(table, folds, path, context, 'Softmax regression');
  },
  fit(table, params, context) {
    const steps = penaltiesDownTo(lambdaOf(params)).map(stepOf);
    return fitPath(table, { loss: softmaxLoss, steps }, context, 'Softmax regression');
  },
};

function stepOf(lambda: number): PathStep {
  return { params: { lambda }, penalty: () => lambda };
}

function lambdaOf(params: Params): number {
  const { lambda } = params;
  if (typeof lambda !== 'number' || !(lambda > 0)) {
    throw new UsageError(`Cannot fit softmax regression: lambda is ${JSON.stringify(lambda)}, it must be above 0`);
  }
  return lambda;
}

/** The stronger penalties of the path, then the one that is wanted: two thirds of the passes of a cold start. */
function penaltiesDownTo(lambda: number): readonly number[] {
  return [...PENALTIES.filter((penalty) => penalty > lambda * 1.01), lambda];
}
