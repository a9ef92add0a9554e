import { intAttribute } from '../attributes.ts';
import type { Dim } from '../ir.ts';
import { axisAttribute, type Call, type Fact, input, intsGiven, isGiven, type Operators } from './op.ts';

/** Given sizes, or equal ones; since operator set 18 the last may be smaller. */
function sizes(call: Call, whole: Dim): readonly Dim[] {
  const count = intAttribute(call.node, 'num_outputs', call.node.outputs.length);
  if (isGiven(call, 1, 'split')) return intsGiven(call, 1, 'split') ?? Array<null>(count).fill(null);
  if (typeof whole !== 'number') return Array<Dim>(count).fill(count === 1 ? whole : null);
  const size = Math.ceil(whole / count);
  return Array.from({ length: count }, (_, index) => Math.max(0, Math.min(size, whole - index * size)));
}

function infer(call: Call): readonly Fact[] {
  const { dtype, shape, value } = input(call, 0);
  const axis = shape && axisAttribute(call, 0, shape.length);
  if (shape === undefined || axis === undefined) return call.node.outputs.map(() => ({ dtype, shape: undefined }));
  const parts = sizes(call, shape[axis] ?? null);
  let start = 0;
  return parts.map((size) => {
    const part = typeof size === 'number' && shape.length === 1 ? value?.slice(start, start + size) : undefined;
    start += typeof size === 'number' ? size : 0;
    return { dtype, shape: shape.with(axis, size), value: part };
  });
}

/** Cuts a tensor along an axis. */
export const split: Operators = { Split: { infer } };
