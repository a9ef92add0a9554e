import type { Dim } from '../ir.ts';
import { expandValue } from './binary.ts';
import { broadcast, type Call, type Fact, input, knownSize, MAX_FOLDED, type Operators } from './op.ts';

function expand(call: Call): readonly Fact[] {
  const fact = input(call, 0);
  const target = input(call, 1).value;
  const shape = broadcast(fact.shape, target);
  if (shape === undefined) {
    const rank = input(call, 1).shape?.[0];
    const unknown =
      fact.shape && typeof rank === 'number' ? Array<null>(Math.max(rank, fact.shape.length)).fill(null) : undefined;
    return [{ dtype: fact.dtype, shape: unknown }];
  }
  const size = knownSize(shape);
  const small = size !== undefined && size <= MAX_FOLDED;
  return [{ dtype: fact.dtype, shape, value: small ? expandValue(fact, shape as readonly number[], size) : undefined }];
}

function tile(call: Call): readonly Fact[] {
  const { dtype, shape, value } = input(call, 0);
  const repeats = input(call, 1).value;
  if (shape === undefined || repeats === undefined) return [{ dtype, shape: shape?.map(() => null) }];
  const dims = shape.map((dim, axis) => times(dim, repeats[axis] ?? null));
  const count = repeats[0];
  const repeated = shape.length === 1 && typeof count === 'number' && value && count * value.length <= MAX_FOLDED;
  return [{ dtype, shape: dims, value: repeated ? Array.from({ length: count }, () => value).flat() : undefined }];
}

function times(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (b === 1) return a;
  return a === 1 ? b : null;
}

/** Repetition. */
export const expanding: Operators = { Expand: { infer: expand }, Tile: { infer: tile } };
