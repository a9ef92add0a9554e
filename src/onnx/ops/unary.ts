import type { Dim } from '../ir.ts';
import { type Call, type Fact, input, type Operator, type Operators, SAME } from './op.ts';

/** A rule that also follows known elements through a function. */
function following(apply: (x: number, integer: boolean) => number): Operator {
  return {
    infer: (call) => {
      const { dtype, shape, value } = input(call, 0);
      const integer = dtype?.includes('int') === true;
      const round = dtype === 'float32' ? Math.fround : (x: number) => x;
      const map = (item: Dim) => (typeof item === 'number' ? round(apply(item, integer)) : null);
      return [{ dtype, shape, value: value?.map(map) }];
    },
  };
}

const PREDICATE: Operator = { infer: (call) => [{ dtype: 'bool', shape: input(call, 0).shape }] };

function identity(call: Call): readonly Fact[] {
  return [input(call, 0)];
}

/** Elementwise functions of one tensor, and those that normalise or accumulate within it: type and shape stay. */
export const unary: Operators = {
  Identity: { infer: identity },
  Abs: following(Math.abs),
  Neg: following((x) => -x),
  Floor: following(Math.floor),
  Ceil: following(Math.ceil),
  Sqrt: following(Math.sqrt),
  Sign: following(Math.sign),
  Reciprocal: following((x) => 1 / x),
  Not: following((x) => (x === 0 ? 1 : 0)),
  IsNaN: PREDICATE,
  IsInf: PREDICATE,
  Acos: SAME,
  Acosh: SAME,
  Asin: SAME,
  Asinh: SAME,
  Atan: SAME,
  Atanh: SAME,
  Cos: SAME,
  Cosh: SAME,
  Sin: SAME,
  Sinh: SAME,
  Tan: SAME,
  Tanh: SAME,
  Exp: SAME,
  Log: SAME,
  Erf: SAME,
  Round: SAME,
  BitwiseNot: SAME,
  Relu: SAME,
  LeakyRelu: SAME,
  Elu: SAME,
  Selu: SAME,
  Celu: SAME,
  Gelu: SAME,
  Mish: SAME,
  Swish: SAME,
  Sigmoid: SAME,
  HardSigmoid: SAME,
  HardSwish: SAME,
  Softplus: SAME,
  Softsign: SAME,
  ThresholdedRelu: SAME,
  Shrink: SAME,
  Clip: SAME,
  Softmax: SAME,
  LogSoftmax: SAME,
  Hardmax: SAME,
  InstanceNormalization: SAME,
  GroupNormalization: SAME,
  RMSNormalization: SAME,
  LpNormalization: SAME,
  MeanVarianceNormalization: SAME,
  LRN: SAME,
  CumSum: SAME,
  CumProd: SAME,
  Trilu: SAME,
  ReverseSequence: SAME,
};
