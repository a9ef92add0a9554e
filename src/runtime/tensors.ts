import * as ort from 'onnxruntime-node';
import { type DType, GraftError, type Tensor, type TypedData } from '../base/index.ts';

/** Tensors by the name of the graph's input or output. */
export type Tensors = Readonly<Record<string, Tensor>>;

/**
 * A tensor as onnxruntime takes it; numbers are shared, not copied.
 *
 * @throws GraftError for bfloat16, which onnxruntime's JavaScript interface lacks, and for shared memory, which it refuses
 */
export function toRuntime(name: string, tensor: Tensor): ort.Tensor {
  const { dtype, dims, data } = tensor;
  if (dtype === 'bfloat16') {
    throw new GraftError(`Cannot pass '${name}' to onnxruntime: bfloat16 is not supported at the border of a graph`, {
      fix: 'Cast it to float32 inside the graph',
    });
  }
  if (Array.isArray(data)) return new ort.Tensor('string', [...data], [...dims]);
  if (ArrayBuffer.isView(data) && data.buffer instanceof SharedArrayBuffer) {
    throw new GraftError(`Cannot pass '${name}' to onnxruntime: it refuses tensors in shared memory`);
  }
  if (dtype === 'bool') return new ort.Tensor('bool', data as Uint8Array, [...dims]);
  return new ort.Tensor(dtype as 'float32', data as Float32Array, [...dims]);
}

/** What onnxruntime returned, as plain data; numbers are shared, not copied. */
export function fromRuntime(name: string, tensor: ort.Tensor): Tensor {
  const dims = [...tensor.dims];
  const { type, data } = tensor;
  if (type === 'int4' || type === 'uint4') {
    throw new GraftError(`Cannot read the output '${name}': ${type} has no counterpart here`);
  }
  if (type === 'float16' && ArrayBuffer.isView(data) && !(data instanceof Uint16Array)) {
    // Newer engines have Float16Array and onnxruntime uses it; the 16 bits are the same.
    return { dtype: type, dims, data: new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) };
  }
  return { dtype: type, dims, data: data as TypedData[DType] };
}

/** The array buffers behind tensors, each once: what a message to another thread can move instead of copying. */
export function buffersOf(tensors: Tensors): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { data } of Object.values(tensors)) {
    if (ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer) buffers.add(data.buffer);
  }
  return [...buffers];
}
