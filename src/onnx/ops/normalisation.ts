import { intAttribute } from '../attributes.ts';
import { dtypeOfCode } from '../dtypes.ts';
import { axisAttribute, type Call, type Fact, input, type Operators } from './op.ts';

/** The output, then running mean and variance [C] in training mode. */
function batchNorm(call: Call): readonly Fact[] {
  const { dtype, shape } = input(call, 0);
  const statistics = { dtype: input(call, 3).dtype, shape: input(call, 3).shape };
  return [{ dtype, shape }, ...Array.from({ length: call.node.outputs.length - 1 }, () => statistics)];
}

/** The output, then mean and inverse deviation: the shape up to `axis`, 1 from there on. */
function layerNorm(call: Call): readonly Fact[] {
  const { dtype, shape } = input(call, 0);
  const axis = shape && axisAttribute(call, -1, shape.length);
  const reduced = axis === undefined ? undefined : shape?.map((dim, index) => (index < axis ? dim : 1));
  const statistics = { dtype: dtypeOfCode(intAttribute(call.node, 'stash_type', 1)), shape: reduced };
  return [{ dtype, shape }, statistics, statistics];
}

/** The output, then the mask of what was kept (of the input's type before operator set 10). */
function dropout(call: Call): readonly Fact[] {
  const { dtype, shape } = input(call, 0);
  return [
    { dtype, shape },
    { dtype: call.opset >= 10 ? 'bool' : dtype, shape },
  ];
}

/** Normalisation and regularisation with more than one output. */
export const normalisation: Operators = {
  BatchNormalization: { infer: batchNorm },
  LayerNormalization: { infer: layerNorm },
  Dropout: { infer: dropout },
};
