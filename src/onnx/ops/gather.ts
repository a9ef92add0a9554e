import { intAttribute } from '../attributes.ts';
import type { Dim } from '../ir.ts';
import { lookup } from '../records.ts';
import {
  axisAttribute,
  type Call,
  type Fact,
  input,
  knownSize,
  MAX_FOLDED,
  numbers,
  type Operators,
  SAME,
} from './op.ts';

/** data [… a …], indices [i…] → [… i… …]. */
function gather(call: Call): readonly Fact[] {
  const [data, indices] = [input(call, 0), input(call, 1)];
  const { dtype, shape } = data;
  const axis = shape && axisAttribute(call, 0, shape.length);
  if (shape === undefined || axis === undefined || indices.shape === undefined) return [{ dtype, shape: undefined }];
  return [
    {
      dtype,
      shape: [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)],
      value: picked(data, indices),
    },
  ];
}

function picked(data: Fact, indices: Fact): readonly Dim[] | undefined {
  const { value, shape } = data;
  const at = numbers(indices);
  if (value === undefined || shape?.length !== 1 || at === undefined) return undefined;
  return at.map((index) => value[index < 0 ? index + value.length : index] ?? null);
}

function gatherND(call: Call): readonly Fact[] {
  const { dtype, shape } = input(call, 0);
  const indices = input(call, 1).shape;
  const depth = indices?.at(-1);
  if (shape === undefined || indices === undefined || typeof depth !== 'number') return [{ dtype, shape: undefined }];
  const batch = intAttribute(call.node, 'batch_dims', 0);
  return [{ dtype, shape: [...indices.slice(0, -1), ...shape.slice(batch + depth)] }];
}

function nonZero(call: Call): readonly Fact[] {
  const { shape } = input(call, 0);
  return [{ dtype: 'int64', shape: [shape?.length ?? null, null] }];
}

/** Without an axis the input counts as flat; how many are kept is known when it runs. */
function compress(call: Call): readonly Fact[] {
  const { dtype, shape } = input(call, 0);
  if (lookup(call.node.attributes, 'axis') === undefined) return [{ dtype, shape: [null] }];
  const axis = shape && axisAttribute(call, 0, shape.length);
  return [{ dtype, shape: axis === undefined ? undefined : shape?.with(axis, null) }];
}

/** The classes' number comes from `depth`: [… depth …]. */
function oneHot(call: Call): readonly Fact[] {
  const { shape } = input(call, 0);
  const depth = input(call, 1).value?.[0] ?? null;
  const axis = shape && axisAttribute(call, -1, shape.length + 1);
  return [{ dtype: input(call, 2).dtype, shape: axis === undefined ? undefined : shape?.toSpliced(axis, 0, depth) }];
}

function range(call: Call): readonly Fact[] {
  const [start, limit, step] = [0, 1, 2].map((index) => numbers(call.inputs[index])?.[0]);
  const { dtype } = input(call, 0);
  if (start === undefined || limit === undefined || !step) return [{ dtype, shape: [null] }];
  const count = Math.max(0, Math.ceil((limit - start) / step));
  const value = count <= MAX_FOLDED ? Array.from({ length: count }, (_, index) => start + index * step) : undefined;
  return [{ dtype, shape: [count], value: dtype?.startsWith('int') ? value : undefined }];
}

/** The k largest along an axis, and where they are. */
function topK(call: Call): readonly Fact[] {
  const { dtype, shape } = input(call, 0);
  const k = call.inputs.length > 1 ? (input(call, 1).value?.[0] ?? null) : intAttribute(call.node, 'k', 1);
  const axis = shape && axisAttribute(call, -1, shape.length);
  const taken = axis === undefined ? undefined : shape?.with(axis, k);
  return [
    { dtype, shape: taken },
    { dtype: 'int64', shape: taken },
  ];
}

function unique(call: Call): readonly Fact[] {
  const { dtype, shape } = input(call, 0);
  const whole = lookup(call.node.attributes, 'axis') === undefined;
  const axis = shape && axisAttribute(call, 0, shape.length);
  const values = whole ? [null] : axis === undefined ? undefined : shape?.with(axis, null);
  const inverse = whole ? (knownSize(shape) ?? null) : axis === undefined ? null : (shape?.[axis] ?? null);
  return [
    { dtype, shape: values },
    { dtype: 'int64', shape: [null] },
    { dtype: 'int64', shape: [inverse] },
    { dtype: 'int64', shape: [null] },
  ];
}

/** Picking elements by index, and making indices. */
export const gathering: Operators = {
  Gather: { infer: gather },
  GatherElements: { infer: (call) => [{ dtype: input(call, 0).dtype, shape: input(call, 1).shape }] },
  GatherND: { infer: gatherND },
  ScatterElements: SAME,
  Scatter: SAME,
  ScatterND: SAME,
  TensorScatter: SAME,
  NonZero: { infer: nonZero },
  Compress: { infer: compress },
  OneHot: { infer: oneHot },
  Range: { infer: range },
  TopK: { infer: topK },
  Unique: { infer: unique },
};
