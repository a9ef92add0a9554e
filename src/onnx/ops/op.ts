import type { DType } from '../../base/index.ts';
import { intAttribute, intsAttribute } from '../attributes.ts';
import type { Dim, Node } from '../ir.ts';

/** What is known of a tensor before anything runs. */
export interface Fact {
  readonly dtype: DType | undefined;
  readonly shape: readonly Dim[] | undefined;
  /** Elements in row-major order, of small numeric tensors: numbers, or named dimensions of the input, or null where unknown. */
  readonly value?: readonly Dim[] | undefined;
}

/** A node with what is known of its inputs; undefined for an input that is left out. */
export interface Call {
  readonly node: Node;
  readonly inputs: readonly (Fact | undefined)[];
  /** Operator set of the node's domain. */
  readonly opset: number;
}

export interface Operator {
  /** Facts of the outputs, in order. What cannot be told is undefined, never an error. */
  readonly infer: (call: Call) => readonly Fact[];
  /** Multiply-accumulates; named and unknown dimensions count as 1. Left out for operators without multiplications worth counting. */
  readonly macs?: (call: Call, outputs: readonly Fact[]) => number | undefined;
}

/** Operators of one file, by name. */
export type Operators = Readonly<Record<string, Operator>>;

/** Nothing is known. */
export const UNKNOWN: Fact = { dtype: undefined, shape: undefined };

/** The largest tensor whose elements are followed: shapes, axes, index ranges. */
export const MAX_FOLDED = 4096;

/** The fact of an input, or that nothing is known of it. */
export function input(call: Call, index: number): Fact {
  return call.inputs[index] ?? UNKNOWN;
}

/** Elements of an input when all are numbers. */
export function numbers(fact: Fact | undefined): readonly number[] | undefined {
  return fact?.value?.every((item) => typeof item === 'number') ? (fact.value as readonly number[]) : undefined;
}

/** A list of integers given as an input, or, in older operator sets, as an attribute. */
export function intsGiven(call: Call, index: number, attribute: string): readonly number[] | undefined {
  return numbers(call.inputs[index]) ?? intsAttribute(call.node, attribute);
}

/** Whether such a list is given at all, known or not. */
export function isGiven(call: Call, index: number, attribute: string): boolean {
  return call.inputs[index] !== undefined || intsAttribute(call.node, attribute) !== undefined;
}

/** An axis as 0 … rank−1; undefined when it lies outside. */
export function axisWithin(axis: number, rank: number): number | undefined {
  const positive = axis < 0 ? axis + rank : axis;
  return positive >= 0 && positive < rank ? positive : undefined;
}

/** The node's `axis` attribute within a rank. */
export function axisAttribute(call: Call, otherwise: number, rank: number): number | undefined {
  return axisWithin(intAttribute(call.node, 'axis', otherwise), rank);
}

/** Product of dimensions: a number where all are, a name where the rest is 1, else null. */
export function product(dims: readonly Dim[]): Dim {
  let size = 1;
  let symbol: string | undefined;
  for (const dim of dims) {
    if (dim === 0) return 0;
    if (dim === null) return dims.includes(0) ? 0 : null;
    if (typeof dim === 'number') size *= dim;
    else if (symbol === undefined) symbol = dim;
    else return dims.includes(0) ? 0 : null;
  }
  if (symbol === undefined) return size;
  return size === 1 ? symbol : dims.includes(0) ? 0 : null;
}

/** As `product`, with named and unknown dimensions counted as 1. */
export function sizeForOne(dims: readonly Dim[]): number {
  return dims.reduce<number>((size, dim) => size * (typeof dim === 'number' ? dim : 1), 1);
}

/** Elements of a shape when all dimensions are known. */
export function knownSize(shape: readonly Dim[] | undefined): number | undefined {
  if (shape === undefined) return undefined;
  const size = product(shape);
  return typeof size === 'number' ? size : undefined;
}

/** One dimension of numpy's broadcasting. A number above 1 beats a name: they must be equal when it runs. */
function broadcastDim(a: Dim, b: Dim): Dim {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (typeof a === 'number') return a;
  return typeof b === 'number' ? b : null;
}

/** The shape that several broadcast to; undefined when one is unknown. */
export function broadcast(...shapes: readonly (readonly Dim[] | undefined)[]): readonly Dim[] | undefined {
  let result: readonly Dim[] = [];
  for (const shape of shapes) {
    if (shape === undefined) return undefined;
    const rank = Math.max(result.length, shape.length);
    const [a, b]: [readonly Dim[], readonly Dim[]] = [result, shape];
    result = Array.from({ length: rank }, (_, axis) =>
      broadcastDim(dimFromRight(a, rank - axis), dimFromRight(b, rank - axis)),
    );
  }
  return result;
}

function dimFromRight(shape: readonly Dim[], position: number): Dim {
  const dim = shape[shape.length - position];
  return dim === undefined ? 1 : dim;
}

/** A rule for operators whose output has the type and shape of their first input. */
export const SAME: Operator = {
  infer: (call) => [{ dtype: input(call, 0).dtype, shape: input(call, 0).shape }],
};
