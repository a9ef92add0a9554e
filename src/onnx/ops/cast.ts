import type { DType } from '../../base/index.ts';
import { intAttribute } from '../attributes.ts';
import { dtypeOfCode } from '../dtypes.ts';
import type { Dim } from '../ir.ts';
import { type Call, type Fact, input, type Operators } from './op.ts';

function convert(item: Dim, to: DType | undefined): Dim {
  if (typeof item !== 'number') return to?.includes('int') ? item : null;
  if (to === 'bool') return item === 0 ? 0 : 1;
  if (to === 'int64' || to === 'int32') return Number.isFinite(item) ? Math.trunc(item) : null;
  if (to === 'float32') return Math.fround(item);
  return to === 'float64' ? item : null;
}

function cast(call: Call): readonly Fact[] {
  const { shape, value } = input(call, 0);
  const dtype = dtypeOfCode(intAttribute(call.node, 'to', 0));
  return [{ dtype, shape, value: value?.map((item) => convert(item, dtype)) }];
}

/** Changes of element type. */
export const casts: Operators = {
  Cast: { infer: cast },
  CastLike: { infer: (call) => [{ dtype: input(call, 1).dtype, shape: input(call, 0).shape }] },
  QuantizeLinear: {
    infer: (call) => {
      const chosen = intAttribute(call.node, 'output_dtype', 0);
      const dtype = call.inputs[2] ? call.inputs[2].dtype : chosen === 0 ? 'uint8' : dtypeOfCode(chosen);
      return [{ dtype, shape: input(call, 0).shape }];
    },
  },
  DequantizeLinear: {
    infer: (call) => {
      const chosen = intAttribute(call.node, 'output_dtype', 0);
      return [{ dtype: chosen === 0 ? input(call, 1).dtype : dtypeOfCode(chosen), shape: input(call, 0).shape }];
    },
  },
  DynamicQuantizeLinear: {
    infer: (call) => [
      { dtype: 'uint8', shape: input(call, 0).shape },
      { dtype: 'float32', shape: [] },
      { dtype: 'uint8', shape: [] },
    ],
  },
};
