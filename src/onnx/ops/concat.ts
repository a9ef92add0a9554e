import type { Dim } from '../ir.ts';
import { axisAttribute, type Call, type Fact, input, type Operators } from './op.ts';

/** Sum of dimensions; null when one is not a number. */
function total(dims: readonly Dim[]): Dim {
  if (dims.length === 1) return dims[0] ?? null;
  return dims.every((dim) => typeof dim === 'number') ? dims.reduce((sum, dim) => sum + dim, 0) : null;
}

function infer(call: Call): readonly Fact[] {
  const facts = call.inputs.map((_, index) => input(call, index));
  const dtype = facts.find((fact) => fact.dtype !== undefined)?.dtype;
  const rank = facts.find((fact) => fact.shape !== undefined)?.shape?.length;
  const axis = rank === undefined ? undefined : axisAttribute(call, 1, rank);
  if (rank === undefined || axis === undefined) return [{ dtype, shape: undefined }];
  const shape = Array.from({ length: rank }, (_, index): Dim => {
    const dims = facts.map((fact) => fact.shape?.[index] ?? null);
    if (index === axis) return total(dims);
    return dims.find((dim) => typeof dim === 'number') ?? dims.find((dim) => dim !== null) ?? null;
  });
  const values = facts.map((fact) => fact.value);
  const value = rank === 1 && values.every((list) => list !== undefined) ? values.flat() : undefined;
  return [{ dtype, shape, value }];
}

/** Joins tensors along an axis. */
export const concat: Operators = { Concat: { infer } };
