import {
  floatAttribute,
  floatsAttribute,
  intAttribute,
  intsAttribute,
  stringAttribute,
  stringsAttribute,
  tensorAttribute,
} from '../attributes.ts';
import { dtypeOfCode } from '../dtypes.ts';
import { factOf } from './fact.ts';
import { type Call, type Fact, input, knownSize, MAX_FOLDED, type Operators, product, UNKNOWN } from './op.ts';

function constant({ node }: Call): readonly Fact[] {
  const tensor = tensorAttribute(node, 'value');
  if (tensor !== undefined) return [factOf(tensor)];
  const int = intAttribute(node, 'value_int');
  if (int !== undefined) return [{ dtype: 'int64', shape: [], value: [int] }];
  const ints = intsAttribute(node, 'value_ints');
  if (ints !== undefined) return [{ dtype: 'int64', shape: [ints.length], value: ints }];
  const float = floatAttribute(node, 'value_float');
  if (float !== undefined) return [{ dtype: 'float32', shape: [], value: [float] }];
  const floats = floatsAttribute(node, 'value_floats');
  if (floats !== undefined) return [{ dtype: 'float32', shape: [floats.length], value: floats }];
  if (stringAttribute(node, 'value_string') !== undefined) return [{ dtype: 'string', shape: [] }];
  const strings = stringsAttribute(node, 'value_strings');
  return [strings ? { dtype: 'string', shape: [strings.length] } : UNKNOWN];
}

function constantOfShape(call: Call): readonly Fact[] {
  const dims = input(call, 0).value;
  const rank = input(call, 0).shape?.[0];
  const tensor = tensorAttribute(call.node, 'value');
  const element = tensor ? factOf(tensor) : { dtype: 'float32' as const, value: [0] };
  const shape = dims ?? (typeof rank === 'number' ? Array<null>(rank).fill(null) : undefined);
  const size = knownSize(shape);
  const item = element.value?.[0];
  const known = size !== undefined && size <= MAX_FOLDED && item !== undefined;
  return [{ dtype: element.dtype, shape, value: known ? Array(size).fill(item) : undefined }];
}

function shape(call: Call): readonly Fact[] {
  const dims = input(call, 0).shape;
  const start = intAttribute(call.node, 'start', 0);
  const end = intAttribute(call.node, 'end');
  const value = dims?.slice(start, end);
  return [{ dtype: 'int64', shape: [value?.length ?? null], value }];
}

function size(call: Call): readonly Fact[] {
  const dims = input(call, 0).shape;
  return [{ dtype: 'int64', shape: [], value: dims && [product(dims)] }];
}

function eyeLike(call: Call): readonly Fact[] {
  const chosen = intAttribute(call.node, 'dtype');
  return [{ dtype: chosen === undefined ? input(call, 0).dtype : dtypeOfCode(chosen), shape: input(call, 0).shape }];
}

function random(call: Call): readonly Fact[] {
  return [{ dtype: dtypeOfCode(intAttribute(call.node, 'dtype', 1)), shape: intsAttribute(call.node, 'shape') }];
}

/** Constants, shapes and tensors made from a shape. */
export const constants: Operators = {
  Constant: { infer: constant },
  ConstantOfShape: { infer: constantOfShape },
  Shape: { infer: shape },
  Size: { infer: size },
  EyeLike: { infer: eyeLike },
  RandomUniform: { infer: random },
  RandomNormal: { infer: random },
  RandomUniformLike: { infer: eyeLike },
  RandomNormalLike: { infer: eyeLike },
  Bernoulli: { infer: eyeLike },
};
