import { intAttribute } from '../attributes.ts';
import type { Dim } from '../ir.ts';
import {
  axisAttribute,
  axisWithin,
  type Call,
  type Fact,
  input,
  intsGiven,
  isGiven,
  type Operator,
  type Operators,
} from './op.ts';

type Fold = (a: number, b: number) => number;

/** Axes are an input since operator set 13 (ReduceSum) or 18, an attribute before; without any, all go. */
function reduction(fold?: Fold): Operator {
  return {
    infer: (call) => {
      const { dtype, shape, value } = input(call, 0);
      const axes = intsGiven(call, 1, 'axes');
      const keep = intAttribute(call.node, 'keepdims', 1) === 1;
      if (shape === undefined) return [{ dtype, shape: undefined }];
      if (axes === undefined && isGiven(call, 1, 'axes')) {
        return [{ dtype, shape: keep ? shape.map(() => null) : undefined }];
      }
      const none = axes === undefined || axes.length === 0;
      if (none && intAttribute(call.node, 'noop_with_empty_axes', 0) === 1) return [{ dtype, shape, value }];
      const gone = none ? shape.map((_, axis) => axis) : axes.map((axis) => axisWithin(axis, shape.length));
      return [
        {
          dtype,
          shape: without(shape, new Set(gone), keep),
          value: foldAll(value, gone.length === shape.length, fold),
        },
      ];
    },
  };
}

function without(shape: readonly Dim[], gone: ReadonlySet<number | undefined>, keep: boolean): readonly Dim[] {
  return keep ? shape.map((dim, axis) => (gone.has(axis) ? 1 : dim)) : shape.filter((_, axis) => !gone.has(axis));
}

function foldAll(value: readonly Dim[] | undefined, all: boolean, fold: Fold | undefined): readonly Dim[] | undefined {
  if (value === undefined || fold === undefined || !all) return undefined;
  if (value.length === 1) return value;
  return value.length > 0 && value.every((item) => typeof item === 'number') ? [value.reduce(fold)] : undefined;
}

function argument(call: Call): readonly Fact[] {
  const { shape } = input(call, 0);
  const axis = shape && axisAttribute(call, 0, shape.length);
  const keep = intAttribute(call.node, 'keepdims', 1) === 1;
  return [{ dtype: 'int64', shape: axis === undefined ? undefined : shape && without(shape, new Set([axis]), keep) }];
}

/** Reductions over axes. */
export const reduce: Operators = {
  ReduceSum: reduction((a, b) => a + b),
  ReduceProd: reduction((a, b) => a * b),
  ReduceMax: reduction(Math.max),
  ReduceMin: reduction(Math.min),
  ReduceMean: reduction(),
  ReduceL1: reduction(),
  ReduceL2: reduction(),
  ReduceLogSum: reduction(),
  ReduceLogSumExp: reduction(),
  ReduceSumSquare: reduction(),
  ArgMax: { infer: argument },
  ArgMin: { infer: argument },
};
