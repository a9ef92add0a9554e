import type { DType } from '../../base/index.ts';
import { intAttribute } from '../attributes.ts';
import type { Dim } from '../ir.ts';
import { broadcast, type Call, type Fact, input, knownSize, MAX_FOLDED, type Operator, type Operators } from './op.ts';

type Combine = (a: Dim, b: Dim, integer: boolean) => Dim;

/** Lifts arithmetic on numbers to dimensions, of which some are names or unknown. */
function onNumbers(combine: (a: number, b: number, integer: boolean) => number): Combine {
  return (a, b, integer) => {
    if (typeof a !== 'number' || typeof b !== 'number') return null;
    const result = combine(a, b, integer);
    return integer && !Number.isSafeInteger(result) ? null : result;
  };
}

/** As onNumbers, with an element that leaves the other one as it is, on the right or on both sides. */
function withNeutral(neutral: number, sides: 'right' | 'both', combine: Combine): Combine {
  return (a, b, integer) => {
    if (b === neutral) return a;
    if (a === neutral && sides === 'both') return b;
    return combine(a, b, integer);
  };
}

/** The elements of a broadcast operation, where all inputs' elements are known. */
function combineValues(
  facts: readonly Fact[],
  shape: readonly Dim[] | undefined,
  combine: Combine,
): readonly Dim[] | undefined {
  const size = knownSize(shape);
  if (shape === undefined || size === undefined || size > MAX_FOLDED) return undefined;
  const integer = facts[0]?.dtype?.includes('int') === true;
  const columns = facts.map((fact) => expandValue(fact, shape as readonly number[], size));
  const [first, ...rest] = columns;
  if (first === undefined) return undefined;
  let result = first;
  for (const column of rest) {
    if (column === undefined) return undefined;
    const left = result;
    result = left.map((item, index) => combine(item, column[index]!, integer));
  }
  return facts[0]?.dtype === 'float32'
    ? result.map((item) => (typeof item === 'number' ? Math.fround(item) : item))
    : result;
}

/** A tensor's known elements, repeated to a shape it broadcasts to. */
export function expandValue(
  { value, shape }: Fact,
  target: readonly number[],
  size: number,
): readonly Dim[] | undefined {
  if (value === undefined || shape === undefined || !shape.every((dim) => typeof dim === 'number')) return undefined;
  return Array.from({ length: size }, (_, flat) => {
    let index = 0;
    let stride = 1;
    let rest = flat;
    for (let axis = target.length - 1; axis >= 0; axis--) {
      const dim = target[axis]!;
      const own = shape[axis - (target.length - shape.length)] ?? 1;
      if (own !== 1) index += (rest % dim) * stride;
      stride *= Number(own);
      rest = Math.floor(rest / dim);
    }
    const item = value[index];
    return item === undefined ? null : item;
  });
}

function elementwise(combine?: Combine, dtype?: DType): Operator {
  return {
    infer: (call) => {
      const facts = call.inputs.map((_, index) => input(call, index));
      const shape = broadcast(...facts.map((fact) => fact.shape));
      const value = combine && combineValues(facts, shape, combine);
      return [{ dtype: dtype ?? facts.find((fact) => fact.dtype !== undefined)?.dtype, shape, value }];
    },
  };
}

const truth = (condition: boolean) => (condition ? 1 : 0);

function modulo(call: Call): readonly Fact[] {
  const truncated = intAttribute(call.node, 'fmod', 0) === 1;
  const remainder = (a: number, b: number) => (truncated ? a % b : a - b * Math.floor(a / b));
  return elementwise(onNumbers(remainder)).infer(call);
}

function where(call: Call): readonly Fact[] {
  const [condition, yes, no] = [input(call, 0), input(call, 1), input(call, 2)];
  const shape = broadcast(condition.shape, yes.shape, no.shape);
  const size = knownSize(shape);
  let value: readonly Dim[] | undefined;
  if (shape !== undefined && size !== undefined && size <= MAX_FOLDED) {
    const [c, a, b] = [condition, yes, no].map((fact) => expandValue(fact, shape as readonly number[], size));
    if (c && a && b)
      value = c.map((item, index) =>
        item === null || typeof item === 'string' ? null : item !== 0 ? a[index]! : b[index]!,
      );
  }
  return [{ dtype: yes.dtype ?? no.dtype, shape, value }];
}

/** Elementwise functions of several tensors, which broadcast as numpy's do. */
export const binary: Operators = {
  Add: elementwise(
    withNeutral(
      0,
      'both',
      onNumbers((a, b) => a + b),
    ),
  ),
  Sub: elementwise(
    withNeutral(
      0,
      'right',
      onNumbers((a, b) => a - b),
    ),
  ),
  Mul: elementwise(
    withNeutral(
      1,
      'both',
      onNumbers((a, b) => a * b),
    ),
  ),
  Div: elementwise(
    withNeutral(
      1,
      'right',
      onNumbers((a, b, integer) => (integer ? Math.trunc(a / b) : a / b)),
    ),
  ),
  Pow: elementwise(onNumbers((a, b) => a ** b)),
  Mod: { infer: modulo },
  Min: elementwise(onNumbers((a, b) => Math.min(a, b))),
  Max: elementwise(onNumbers((a, b) => Math.max(a, b))),
  Sum: elementwise(),
  Mean: elementwise(),
  PRelu: { infer: (call) => [{ dtype: input(call, 0).dtype, shape: input(call, 0).shape }] },
  BitShift: elementwise(),
  BitwiseAnd: elementwise(),
  BitwiseOr: elementwise(),
  BitwiseXor: elementwise(),
  Equal: elementwise(
    onNumbers((a, b) => truth(a === b)),
    'bool',
  ),
  Less: elementwise(
    onNumbers((a, b) => truth(a < b)),
    'bool',
  ),
  LessOrEqual: elementwise(
    onNumbers((a, b) => truth(a <= b)),
    'bool',
  ),
  Greater: elementwise(
    onNumbers((a, b) => truth(a > b)),
    'bool',
  ),
  GreaterOrEqual: elementwise(
    onNumbers((a, b) => truth(a >= b)),
    'bool',
  ),
  And: elementwise(
    onNumbers((a, b) => truth(a !== 0 && b !== 0)),
    'bool',
  ),
  Or: elementwise(
    onNumbers((a, b) => truth(a !== 0 || b !== 0)),
    'bool',
  ),
  Xor: elementwise(
    onNumbers((a, b) => truth((a !== 0) !== (b !== 0))),
    'bool',
  ),
  Where: { infer: where },
};
