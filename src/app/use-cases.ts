import { type Follow, offload } from './offload.ts';
import type {
  EmbedOptions,
  EvaluateOptions,
  FitOptions,
  InspectOptions,
  PredictOptions,
  UpdateOptions,
} from './options.ts';
import type { EmbedResult, EvaluateResult, FitResult, InspectResult, PredictResult, UpdateResult } from './results.ts';

/**
 * Finds the right network, layer and method for labelled images, proves them on the data, and writes one model file.
 *
 * @throws InputError where the data cannot be used; BudgetError where the budget is too small for one candidate;
 *   AbortedError when the signal is aborted (what was computed is kept: the same call goes on from there)
 * @example
 * import { fit } from 'graftwork';
 * const result = await fit({ data: 'photos/', out: 'model.onnx', budget: 300_000 });
 * console.log(result.winner.why);
 */
export function fit(options: FitOptions, follow?: Follow): Promise<FitResult> {
  return offload('fit', options, follow);
}

/**
 * What is in the data, and what is wrong with it.
 *
 * @example
 * const { classes, audit } = await inspect({ data: 'photos/' });
 */
export function inspect(options: InspectOptions, follow?: Follow): Promise<InspectResult> {
  return offload('inspect', options, follow);
}

/**
 * Labels with calibrated probabilities for new images.
 *
 * @example
 * const { predictions } = await predict({ model: 'model.onnx', inputs: ['new/'], top: 3 });
 */
export function predict(options: PredictOptions, follow?: Follow): Promise<PredictResult> {
  return offload('predict', options, follow);
}

/**
 * How good a model is on new labelled images.
 *
 * @example
 * const { metrics } = await evaluate({ model: 'model.onnx', data: 'labelled/' });
 */
export function evaluate(options: EvaluateOptions, follow?: Follow): Promise<EvaluateResult> {
  return offload('evaluate', options, follow);
}

/**
 * Adds images or classes to a model from cached codes; replaces it only where the new one is not worse.
 *
 * @example
 * const { replaced, why } = await update({ model: 'model.onnx', data: 'more/' });
 */
export function update(options: UpdateOptions, follow?: Follow): Promise<UpdateResult> {
  return offload('update', options, follow);
}

/**
 * The network as a fixed feature extractor: writes one row of codes an image to a NumPy file.
 *
 * @example
 * const { rows, cols } = await embed({ data: 'photos/', out: 'codes.npy' });
 */
export function embed(options: EmbedOptions, follow?: Follow): Promise<EmbedResult> {
  return offload('embed', options, follow);
}
