import { checkOptions, type OptionNames } from './check-options.ts';
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
import type { UseCases } from './worker.ts';

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
  return start('fit', options, follow);
}

/**
 * What is in the data, and what is wrong with it.
 *
 * @example
 * const { classes, audit } = await inspect({ data: 'photos/' });
 */
export function inspect(options: InspectOptions, follow?: Follow): Promise<InspectResult> {
  return start('inspect', options, follow);
}

/**
 * Labels with calibrated probabilities for new images.
 *
 * @example
 * const { predictions } = await predict({ model: 'model.onnx', inputs: ['new/'], top: 3 });
 */
export function predict(options: PredictOptions, follow?: Follow): Promise<PredictResult> {
  return start('predict', options, follow);
}

/**
 * How good a model is on new labelled images.
 *
 * @example
 * const { metrics } = await evaluate({ model: 'model.onnx', data: 'labelled/' });
 */
export function evaluate(options: EvaluateOptions, follow?: Follow): Promise<EvaluateResult> {
  return start('evaluate', options, follow);
}

/**
 * Adds images or classes to a model from cached codes; replaces it only where the new one is not worse.
 *
 * @example
 * const { replaced, why } = await update({ model: 'model.onnx', data: 'more/' });
 */
export function update(options: UpdateOptions, follow?: Follow): Promise<UpdateResult> {
  return start('update', options, follow);
}

/**
 * The network as a fixed feature extractor: writes one row of codes an image to a NumPy file.
 *
 * @example
 * const { rows, cols } = await embed({ data: 'photos/', out: 'codes.npy' });
 */
export function embed(options: EmbedOptions, follow?: Follow): Promise<EmbedResult> {
  return start('embed', options, follow);
}

const OPTIONS: Readonly<Record<keyof UseCases, OptionNames>> = {
  fit: {
    texts: ['data', 'out'],
    all: 'data out budget startedAt seed methods backbones taps metric view classWeights folds holdout refuse cache cacheLimit device workers target group'.split(
      ' ',
    ),
  },
  inspect: { texts: ['data'], all: 'data seed cache cacheLimit device workers target group'.split(' ') },
  predict: { texts: ['model'], all: 'model inputs top dumpInput cache cacheLimit device workers'.split(' ') },
  evaluate: { texts: ['model', 'data'], all: 'model data cache cacheLimit device workers target group'.split(' ') },
  update: {
    texts: ['model', 'data'],
    all: 'model data base out dryRun force seed cache cacheLimit device workers target group'.split(' '),
  },
  embed: { texts: ['data', 'out'], all: 'data out backbone taps view cache cacheLimit device workers'.split(' ') },
};

async function start<Name extends keyof UseCases>(
  name: Name,
  options: Parameters<UseCases[Name]>[0],
  follow: Follow | undefined,
): Promise<Awaited<ReturnType<UseCases[Name]>>> {
  checkOptions(name, options, OPTIONS[name]);
  return offload(name, options, follow);
}
