import { float32 } from '../base/index.ts';
import { type Initializer, initializerOf, lookup, type Model, tensorOf } from '../onnx/index.ts';

/** The float32 values of an initializer; undefined where the name is another thing. Shared memory: never write to it. */
export function floatsOf(model: Model, tensor: string | undefined): Float32Array | undefined {
  const initializer = tensor === undefined ? undefined : lookup(model.graph.initializers, tensor);
  if (initializer?.dtype !== 'float32') return undefined;
  const { data } = tensorOf(initializer);
  return data instanceof Float32Array ? data : undefined;
}

/** Dimensions of an initializer. */
export function dimsOf(model: Model, tensor: string | undefined): readonly number[] | undefined {
  return tensor === undefined ? undefined : lookup(model.graph.initializers, tensor)?.dims;
}

/** A float32 initializer. */
export function constant(dims: readonly number[], data: Float32Array | readonly number[]): Initializer {
  return initializerOf(float32(dims, data));
}
