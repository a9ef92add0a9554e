import { type Call, type Fact, input, type Operator, type Operators } from './op.ts';
import { allPositions, windowOf } from './window.ts';

function pooled(call: Call): Fact {
  const { shape: x, dtype } = input(call, 0);
  const window = x && windowOf(call, x.length - 2);
  return { dtype, shape: x && window && [...x.slice(0, 2), ...allPositions(window, x.slice(2), call)] };
}

function maxPool(call: Call): readonly Fact[] {
  const values = pooled(call);
  return [values, { dtype: 'int64', shape: values.shape }];
}

const GLOBAL: Operator = {
  infer: (call) => {
    const { shape, dtype } = input(call, 0);
    return [{ dtype, shape: shape?.map((dim, axis) => (axis < 2 ? dim : 1)) }];
  },
};

/** Pooling over windows and over everything. */
export const pool: Operators = {
  MaxPool: { infer: maxPool },
  AveragePool: { infer: (call) => [pooled(call)] },
  LpPool: { infer: (call) => [pooled(call)] },
  GlobalAveragePool: GLOBAL,
  GlobalMaxPool: GLOBAL,
  GlobalLpPool: GLOBAL,
};
