import { InputError, sizeOf } from '../base/index.ts';
import { dtypeOfCode, elementBytes } from './dtypes.ts';
import { checkExternal, locateExternal } from './external.ts';
import type { Initializer } from './ir.ts';
import { MAX_RANK } from './limits.ts';
import { type TensorProto, TensorProto_DataLocation } from './proto/onnx_pb.ts';

/**
 * A tensor message as an initializer; undefined for what the IR does not express (complex, float8, int4, segments,
 * strings that are not UTF-8), which the caller keeps as it is. Errors: dimensions and data that do not fit together.
 */
export function decodeTensor(tensor: TensorProto, directory: string | undefined): Initializer | undefined {
  const dtype = dtypeOfCode(tensor.dataType);
  if (dtype === undefined || tensor.segment !== undefined) return undefined;
  const dims = decodeDims(tensor);
  const count = sizeOf(dims);
  if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    if (dtype === 'string') throw malformed(tensor, 'strings cannot be external data');
    return { dtype, dims, data: decodeExternal(tensor, count * elementBytes(dtype), directory) };
  }
  if (dtype === 'string') {
    if (tensor.stringData.length !== count) {
      throw malformed(tensor, `it has ${tensor.stringData.length} strings for ${count} elements`);
    }
    const strings = decodeStrings(tensor.stringData);
    return strings && { dtype, dims, data: { kind: 'strings', strings } };
  }
  const bytes = tensor.rawData.byteLength > 0 ? tensor.rawData : decodeTypedFields(tensor, count);
  if (bytes.byteLength !== count * elementBytes(dtype)) {
    throw malformed(
      tensor,
      `it needs ${count * elementBytes(dtype)} bytes for ${dtype} [${dims.join(', ')}] and has ${bytes.byteLength}`,
    );
  }
  return { dtype, dims, data: { kind: 'bytes', bytes } };
}

/** Strings from UTF-8; undefined when one of them is something else. */
export function decodeStrings(values: readonly Uint8Array[]): readonly string[] | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return values.map((value) => decoder.decode(value));
  } catch {
    return undefined;
  }
}

function decodeDims(tensor: TensorProto): number[] {
  if (tensor.dims.length > MAX_RANK) throw malformed(tensor, `it has ${tensor.dims.length} dimensions`);
  const dims = tensor.dims.map(Number);
  let size = 1;
  for (const dim of dims) {
    size *= Math.max(dim, 1);
    // 16 bytes an element keep every byte count below 2⁵³ as well.
    if (dim < 0 || size > Number.MAX_SAFE_INTEGER / 16) throw malformed(tensor, `its shape is [${dims.join(', ')}]`);
  }
  return dims;
}

function decodeExternal(tensor: TensorProto, expected: number, directory: string | undefined): Initializer['data'] {
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const file = locateExternal(entries.get('location') ?? '', directory, tensor.name);
  const offset = decodeCount(tensor, 'offset', entries.get('offset') ?? '0');
  const length = decodeCount(tensor, 'length', entries.get('length') ?? String(expected));
  if (length !== expected) throw malformed(tensor, `it needs ${expected} bytes and its external data has ${length}`);
  const data = { kind: 'external', file, offset, length } as const;
  if (directory !== undefined) checkExternal(data, tensor.name);
  return data;
}

function decodeCount(tensor: TensorProto, key: string, text: string): number {
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || value > Number.MAX_SAFE_INTEGER / 2) {
    throw malformed(tensor, `the ${key} of its external data is '${text.slice(0, 40)}'`);
  }
  return value;
}

/** Typed fields into raw bytes (onnx.proto, TensorProto): small types travel widened, float16 as its bits, in int32_data. */
function decodeTypedFields(tensor: TensorProto, count: number): Uint8Array {
  switch (dtypeOfCode(tensor.dataType)) {
    case 'float32':
      return bytesOfView(Float32Array.from(tensor.floatData));
    case 'float64':
      return bytesOfView(Float64Array.from(tensor.doubleData));
    case 'int64':
      return bytesOfView(BigInt64Array.from(tensor.int64Data));
    case 'uint64':
      return bytesOfView(BigUint64Array.from(tensor.uint64Data));
    case 'uint32':
      return bytesOfView(Uint32Array.from(tensor.uint64Data, Number));
    case 'int32':
      return bytesOfView(Int32Array.from(tensor.int32Data));
    case 'int16':
      return bytesOfView(Int16Array.from(tensor.int32Data));
    case 'float16':
    case 'bfloat16':
    case 'uint16':
      return bytesOfView(Uint16Array.from(tensor.int32Data));
    case 'int8':
      return bytesOfView(Int8Array.from(tensor.int32Data));
    case 'uint8':
      return Uint8Array.from(tensor.int32Data);
    case 'bool':
      return Uint8Array.from(tensor.int32Data, (value) => (value === 0 ? 0 : 1));
    default:
      throw malformed(tensor, `it has no data for ${count} elements`);
  }
}

function bytesOfView(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function malformed(tensor: TensorProto, why: string): InputError {
  return new InputError(`Cannot read tensor '${tensor.name}': ${why}`, {
    fix: 'Export or fetch the model again: the file is damaged',
  });
}
