/** Element types, named as in ONNX's lower-case convention. */
export type DType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool'
  | 'string';

/** What holds the elements of each type: float16 and bfloat16 travel as their 16 bits, bool as 0 or 1. */
export interface TypedData {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  bool: Uint8Array;
  string: readonly string[];
}

/** A dense tensor, row-major. The data is shared, never copied; treat it as frozen. */
export interface Tensor<T extends DType = DType> {
  readonly dtype: T;
  readonly dims: readonly number[];
  readonly data: TypedData[T];
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(dims: readonly number[]): number {
  let size = 1;
  for (const dim of dims) size *= dim;
  return size;
}

/**
 * A float32 tensor.
 *
 * @example
 * float32([2, 2], [1, 2, 3, 4]);
 */
export function float32(dims: readonly number[], data: Float32Array | readonly number[]): Tensor<'float32'> {
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  if (values.length !== sizeOf(dims)) {
    throw new RangeError(`Cannot make a float32 tensor [${dims.join(', ')}] of ${values.length} values`);
  }
  return { dtype: 'float32', dims, data: values };
}

/** An int64 tensor, as shapes, axes and indices are in ONNX. */
export function int64(dims: readonly number[], data: readonly (number | bigint)[]): Tensor<'int64'> {
  if (data.length !== sizeOf(dims)) {
    throw new RangeError(`Cannot make an int64 tensor [${dims.join(', ')}] of ${data.length} values`);
  }
  return { dtype: 'int64', dims, data: BigInt64Array.from(data, (value) => BigInt(value)) };
}
