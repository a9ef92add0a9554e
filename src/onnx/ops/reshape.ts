import { intAttribute, intsAttribute } from '../attributes.ts';
import type { Dim } from '../ir.ts';
import { axisWithin, type Call, type Fact, input, intsGiven, isGiven, type Operators, product } from './op.ts';

/** 0 copies the input's dimension, −1 takes what is left. */
function reshape(call: Call): readonly Fact[] {
  const { dtype, shape, value } = input(call, 0);
  const target = input(call, 1).value ?? intsAttribute(call.node, 'shape');
  if (target === undefined) {
    const rank = input(call, 1).shape?.[0];
    return [{ dtype, shape: typeof rank === 'number' ? Array<null>(rank).fill(null) : undefined, value: undefined }];
  }
  const allowZero = intAttribute(call.node, 'allowzero', 0) === 1;
  const dims = target.map((dim, axis): Dim => (dim === 0 && !allowZero ? (shape?.[axis] ?? null) : dim));
  const free = dims.indexOf(-1);
  if (free >= 0) dims[free] = shape === undefined ? null : quotient(shape, dims.toSpliced(free, 1));
  else if (shape !== undefined) fillOne(dims, shape);
  return [{ dtype, shape: dims, value }];
}

/** What is left of a shape's size after some dimensions: a number, or the name that alone is left, or null. */
function quotient(whole: readonly Dim[], parts: readonly Dim[]): Dim {
  const rest = [...whole];
  let divisor = 1;
  for (const part of parts) {
    if (typeof part === 'number') divisor *= part;
    else {
      const at = part === null ? -1 : rest.indexOf(part);
      if (at < 0) return null;
      rest.splice(at, 1);
    }
  }
  const numbers = rest.filter((dim) => typeof dim === 'number').reduce((size, dim) => size * dim, 1);
  const names = rest.filter((dim) => typeof dim !== 'number');
  if (divisor === 0) return null;
  if (names.length === 0) return numbers % divisor === 0 ? numbers / divisor : null;
  return names.length === 1 && numbers === divisor ? (names[0] ?? null) : null;
}

/** A single unknown dimension of the target follows from the sizes. */
function fillOne(dims: Dim[], shape: readonly Dim[]): void {
  const at = dims.indexOf(null);
  if (at >= 0 && dims.indexOf(null, at + 1) < 0) dims[at] = quotient(shape, dims.toSpliced(at, 1));
}

/** Everything before `axis` becomes one dimension, the rest another. */
function flatten(call: Call): readonly Fact[] {
  const { dtype, shape, value } = input(call, 0);
  const given = intAttribute(call.node, 'axis', 1);
  const axis = shape && (given < 0 ? given + shape.length : given);
  const split = axis === undefined ? undefined : shape && [product(shape.slice(0, axis)), product(shape.slice(axis))];
  return [{ dtype, shape: split ?? [null, null], value }];
}

function squeeze(call: Call): readonly Fact[] {
  const { dtype, shape, value } = input(call, 0);
  const axes = intsGiven(call, 1, 'axes');
  if (shape === undefined || (axes === undefined && isGiven(call, 1, 'axes')))
    return [{ dtype, shape: undefined, value: undefined }];
  if (axes === undefined) {
    // Without axes every 1 goes: the rank is known when all dimensions are.
    const known = shape.every((dim) => typeof dim === 'number');
    return [{ dtype, shape: known ? shape.filter((dim) => dim !== 1) : undefined, value }];
  }
  const gone = new Set(axes.map((axis) => axisWithin(axis, shape.length)));
  return [{ dtype, shape: shape.filter((_, axis) => !gone.has(axis)), value }];
}

function unsqueeze(call: Call): readonly Fact[] {
  const { dtype, shape, value } = input(call, 0);
  const axes = intsGiven(call, 1, 'axes');
  if (shape === undefined || axes === undefined) return [{ dtype, shape: undefined }];
  const rank = shape.length + axes.length;
  const added = new Set(axes.map((axis) => axisWithin(axis, rank)));
  const rest = shape[Symbol.iterator]();
  const dims = Array.from({ length: rank }, (_, axis): Dim => (added.has(axis) ? 1 : (rest.next().value ?? null)));
  return [{ dtype, shape: dims, value }];
}

/** depth [N, C, H, W] → [N, C/b², H·b, W·b] and back. */
function blocks(direction: 'to-space' | 'to-depth'): (call: Call) => readonly Fact[] {
  return (call) => {
    const { dtype, shape } = input(call, 0);
    const block = intAttribute(call.node, 'blocksize', 1);
    const scale = direction === 'to-space' ? block : 1 / block;
    const times = (dim: Dim | undefined, factor: number): Dim => (typeof dim === 'number' ? dim * factor : null);
    if (shape?.length !== 4) return [{ dtype, shape: undefined }];
    const [batch, channels, height, width] = shape;
    return [
      { dtype, shape: [batch ?? null, times(channels, 1 / scale ** 2), times(height, scale), times(width, scale)] },
    ];
  };
}

function transpose(call: Call): readonly Fact[] {
  const { dtype, shape } = input(call, 0);
  const order = intsAttribute(call.node, 'perm') ?? shape?.map((_, axis) => axis).reverse();
  if (shape === undefined || order === undefined) return [{ dtype, shape: undefined }];
  return [{ dtype, shape: order.map((axis) => shape[axisWithin(axis, shape.length) ?? -1] ?? null) }];
}

/** The same elements in the same or another order under another shape. */
export const reshaping: Operators = {
  Reshape: { infer: reshape },
  Flatten: { infer: flatten },
  Squeeze: { infer: squeeze },
  Unsqueeze: { infer: unsqueeze },
  Transpose: { infer: transpose },
  DepthToSpace: { infer: blocks('to-space') },
  SpaceToDepth: { infer: blocks('to-depth') },
};
