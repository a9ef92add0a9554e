import type { DType } from '../base/index.ts';
import { TensorProto_DataType as Code } from './proto/onnx_pb.ts';

interface DTypeFact {
  readonly code: number;
  /** Bytes an element; 0 for strings, which have no fixed size. */
  readonly size: number;
}

const FACTS: Readonly<Record<DType, DTypeFact>> = {
  float32: { code: Code.FLOAT, size: 4 },
  float64: { code: Code.DOUBLE, size: 8 },
  float16: { code: Code.FLOAT16, size: 2 },
  bfloat16: { code: Code.BFLOAT16, size: 2 },
  int8: { code: Code.INT8, size: 1 },
  int16: { code: Code.INT16, size: 2 },
  int32: { code: Code.INT32, size: 4 },
  int64: { code: Code.INT64, size: 8 },
  uint8: { code: Code.UINT8, size: 1 },
  uint16: { code: Code.UINT16, size: 2 },
  uint32: { code: Code.UINT32, size: 4 },
  uint64: { code: Code.UINT64, size: 8 },
  bool: { code: Code.BOOL, size: 1 },
  string: { code: Code.STRING, size: 0 },
};

const BY_CODE: ReadonlyMap<number, DType> = new Map(
  (Object.keys(FACTS) as DType[]).map((dtype) => [FACTS[dtype].code, dtype]),
);

/** Bytes one element takes; 0 for strings. */
export function elementBytes(dtype: DType): number {
  return FACTS[dtype].size;
}

/** The number that ONNX gives an element type (`TensorProto.DataType`), as `Cast`'s attribute `to` has it. */
export function dtypeCode(dtype: DType): number {
  return FACTS[dtype].code;
}

/** The element type with that number; undefined for those graftwork does not compute with (complex, float8, int4 …). */
export function dtypeOfCode(code: number): DType | undefined {
  return BY_CODE.get(code);
}
