import { intAttribute } from '../attributes.ts';
import { type Call, type Fact, input, type Operators, sizeForOne } from './op.ts';

/** α·A·B + β·C with A [M, K] and B [K, N], either transposed. */
function infer(call: Call): readonly Fact[] {
  const [a, b] = [input(call, 0), input(call, 1)];
  const dtype = a.dtype ?? b.dtype;
  if (a.shape?.length !== 2 || b.shape?.length !== 2) return [{ dtype, shape: undefined }];
  const rows = a.shape[intAttribute(call.node, 'transA', 0) === 1 ? 1 : 0] ?? null;
  const columns = b.shape[intAttribute(call.node, 'transB', 0) === 1 ? 0 : 1] ?? null;
  return [{ dtype, shape: [rows, columns] }];
}

function macs(call: Call, [output]: readonly Fact[]): number | undefined {
  const inner = input(call, 0).shape?.[intAttribute(call.node, 'transA', 0) === 1 ? 0 : 1];
  return output?.shape && sizeForOne(output.shape) * (typeof inner === 'number' ? inner : 1);
}

/** The matrix product of dense layers. */
export const gemm: Operators = { Gemm: { infer, macs } };
