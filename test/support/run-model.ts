import * as ort from 'onnxruntime-node';
import { float32, Random, sizeOf, type Tensor } from '../../src/base/index.ts';
import { type Model, writeModel } from '../../src/onnx/index.ts';

/** Runs a model in onnxruntime, graph optimisations off unless asked for, so that what runs is what the graph says. */
export async function runModel(
  model: Model,
  feeds: Readonly<Record<string, Tensor<'float32' | 'uint8' | 'int64'>>>,
  optimise = false,
): Promise<Record<string, Tensor<'float32'>>> {
  const session = await ort.InferenceSession.create(writeModel(model), {
    graphOptimizationLevel: optimise ? 'all' : 'disabled',
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  try {
    const inputs: Record<string, ort.Tensor> = {};
    for (const [name, { dtype, data, dims }] of Object.entries(feeds))
      inputs[name] = new ort.Tensor(dtype, data, [...dims]);
    const outputs: Record<string, Tensor<'float32'>> = {};
    for (const [name, value] of Object.entries(await session.run(inputs))) {
      outputs[name] = float32(value.dims, Float32Array.from(value.data as Float32Array));
    }
    return outputs;
  } finally {
    await session.release();
  }
}

/** Standard normal values. */
export function randomTensor(dims: readonly number[], seed = 0): Tensor<'float32'> {
  const random = new Random(seed);
  return float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => random.normal()),
  );
}

/** The largest difference of two arrays, relative to the largest value of the second. */
export function relativeError(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (got.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let error = 0;
  let size = 1e-12;
  for (let i = 0; i < got.length; i++) {
    error = Math.max(error, Math.abs(got[i]! - wanted[i]!));
    size = Math.max(size, Math.abs(wanted[i]!));
  }
  return error / size;
}
