import type { Dim } from '../ir.ts';
import { broadcast, type Call, type Fact, input, type Operators, sizeForOne } from './op.ts';

/** numpy's matmul: vectors are rows or columns, leading axes broadcast. */
function product(a: readonly Dim[] | undefined, b: readonly Dim[] | undefined): readonly Dim[] | undefined {
  if (a === undefined || b === undefined || a.length === 0 || b.length === 0) return undefined;
  const batch = broadcast(a.slice(0, -2), b.slice(0, -2)) ?? [];
  const rows = a.length > 1 ? [a.at(-2) ?? null] : [];
  const columns = b.length > 1 ? [b.at(-1) ?? null] : [];
  return [...batch, ...rows, ...columns];
}

function macs(call: Call, [output]: readonly Fact[]): number | undefined {
  const inner = input(call, 0).shape?.at(-1);
  return output?.shape && sizeForOne(output.shape) * (typeof inner === 'number' ? inner : 1);
}

/** Matrix products. */
export const matmul: Operators = {
  MatMul: {
    infer: (call) => [{ dtype: input(call, 0).dtype, shape: product(input(call, 0).shape, input(call, 1).shape) }],
    macs,
  },
  MatMulInteger: {
    infer: (call) => [{ dtype: 'int32', shape: product(input(call, 0).shape, input(call, 1).shape) }],
    macs,
  },
  QLinearMatMul: {
    infer: (call) => [{ dtype: input(call, 7).dtype, shape: product(input(call, 0).shape, input(call, 3).shape) }],
    macs,
  },
};
