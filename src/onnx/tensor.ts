import path from 'node:path';
import { type DType, InputError, sizeOf, type Tensor, type TypedData } from '../base/index.ts';
import { elementBytes } from './dtypes.ts';
import { readExternal } from './external.ts';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './float16.ts';
import type { Initializer } from './ir.ts';

type Numeric = Exclude<DType, 'string'>;

type ViewMaker<T extends Numeric> = (buffer: ArrayBufferLike, offset: number, length: number) => TypedData[T];

const VIEWS: { readonly [T in Numeric]: ViewMaker<T> } = {
  float32: (buffer, offset, length) => new Float32Array(buffer as ArrayBuffer, offset, length),
  float64: (buffer, offset, length) => new Float64Array(buffer as ArrayBuffer, offset, length),
  float16: (buffer, offset, length) => new Uint16Array(buffer as ArrayBuffer, offset, length),
  bfloat16: (buffer, offset, length) => new Uint16Array(buffer as ArrayBuffer, offset, length),
  int8: (buffer, offset, length) => new Int8Array(buffer as ArrayBuffer, offset, length),
  int16: (buffer, offset, length) => new Int16Array(buffer as ArrayBuffer, offset, length),
  int32: (buffer, offset, length) => new Int32Array(buffer as ArrayBuffer, offset, length),
  int64: (buffer, offset, length) => new BigInt64Array(buffer as ArrayBuffer, offset, length),
  uint8: (buffer, offset, length) => new Uint8Array(buffer as ArrayBuffer, offset, length),
  uint16: (buffer, offset, length) => new Uint16Array(buffer as ArrayBuffer, offset, length),
  uint32: (buffer, offset, length) => new Uint32Array(buffer as ArrayBuffer, offset, length),
  uint64: (buffer, offset, length) => new BigUint64Array(buffer as ArrayBuffer, offset, length),
  bool: (buffer, offset, length) => new Uint8Array(buffer as ArrayBuffer, offset, length),
};

/** Reads raw bytes as elements: a view where they are aligned, a copy where they are not. */
export function viewOf<T extends Numeric>(dtype: T, bytes: Uint8Array): TypedData[T] {
  const size = elementBytes(dtype);
  // Not bytes.slice(): that of a Buffer is a view of the same memory.
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return VIEWS[dtype](aligned.buffer, aligned.byteOffset, Math.floor(aligned.byteLength / size));
}

/** Bytes the elements take, wherever they are; 0 for strings. */
export function sizeInBytes({ dtype, dims }: Initializer): number {
  return sizeOf(dims) * elementBytes(dtype);
}

/** Whether the raw bytes can be had: they are here, or in a file whose place is known. */
export function isReadable({ data }: Initializer): boolean {
  return data.kind === 'bytes' || (data.kind === 'external' && path.isAbsolute(data.file));
}

/** The raw bytes of an initializer, read from its external file if it has one. Errors: it holds strings; the file is gone. */
export function bytesOf(initializer: Initializer): Uint8Array {
  const { data } = initializer;
  if (data.kind === 'bytes') return data.bytes;
  if (data.kind === 'external') return readExternal(data);
  throw new InputError('Cannot read a string tensor as bytes');
}

/**
 * An initializer as a tensor. Shares memory with the model file where the bytes are aligned: never write to it.
 *
 * @example
 * const weight = tensorOf(model.graph.initializers['conv1.weight']);
 */
export function tensorOf(initializer: Initializer): Tensor {
  const { dtype, dims, data } = initializer;
  if (data.kind === 'strings') return { dtype: 'string', dims, data: data.strings };
  if (dtype === 'string')
    throw new InputError('Cannot read a string tensor: it has raw bytes, where strings are listed');
  const bytes = bytesOf(initializer);
  const expected = sizeOf(dims) * elementBytes(dtype);
  if (bytes.byteLength !== expected) {
    throw new InputError(
      `Cannot read a ${dtype} tensor [${dims.join(', ')}]: it needs ${expected} bytes and has ${bytes.byteLength}`,
    );
  }
  return { dtype, dims, data: viewOf(dtype, bytes) };
}

/** A tensor as an initializer: its bytes are shared, not copied. */
export function initializerOf(tensor: Tensor): Initializer {
  const { dtype, dims, data } = tensor;
  if (!ArrayBuffer.isView(data)) return { dtype, dims, data: { kind: 'strings', strings: data } };
  return {
    dtype,
    dims,
    data: { kind: 'bytes', bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) },
  };
}

/** A tensor of the given element type, each number rounded to it. Errors: strings. */
export function tensorOfNumbers(dtype: DType, dims: readonly number[], values: readonly number[]): Tensor {
  switch (dtype) {
    case 'float32':
      return { dtype, dims, data: Float32Array.from(values) };
    case 'float64':
      return { dtype, dims, data: Float64Array.from(values) };
    case 'float16':
      return { dtype, dims, data: Uint16Array.from(values, toFloat16) };
    case 'bfloat16':
      return { dtype, dims, data: Uint16Array.from(values, toBfloat16) };
    case 'int8':
      return { dtype, dims, data: Int8Array.from(values) };
    case 'int16':
      return { dtype, dims, data: Int16Array.from(values) };
    case 'int32':
      return { dtype, dims, data: Int32Array.from(values) };
    case 'int64':
      return { dtype, dims, data: BigInt64Array.from(values, (value) => BigInt(Math.trunc(value))) };
    case 'uint8':
      return { dtype, dims, data: Uint8Array.from(values) };
    case 'uint16':
      return { dtype, dims, data: Uint16Array.from(values) };
    case 'uint32':
      return { dtype, dims, data: Uint32Array.from(values) };
    case 'uint64':
      return { dtype, dims, data: BigUint64Array.from(values, (value) => BigInt(Math.trunc(value))) };
    case 'bool':
      return { dtype, dims, data: Uint8Array.from(values, (value) => (value === 0 ? 0 : 1)) };
    case 'string':
      throw new InputError('Cannot make a string tensor of numbers');
  }
}

/** The elements of a numeric tensor as numbers: float16 and bfloat16 decoded, int64 rounded beyond 2⁵³. Errors: strings. */
export function numbersOf(tensor: Tensor): Float64Array {
  const { dtype, data } = tensor;
  if (!ArrayBuffer.isView(data)) throw new InputError('Cannot read a string tensor as numbers');
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from(data, Number);
  if (dtype === 'float16') return Float64Array.from(data, fromFloat16);
  return dtype === 'bfloat16' ? Float64Array.from(data, fromBfloat16) : Float64Array.from(data);
}
