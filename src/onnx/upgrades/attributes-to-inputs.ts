import { int64, type Tensor } from '../../base/index.ts';
import { floatAttribute, floatsAttribute, intAttribute, intsAttribute } from '../attributes.ts';
import type { Node } from '../ir.ts';
import { lookup } from '../records.ts';
import { tensorOfNumbers } from '../tensor.ts';
import { type Upgrade, type UpgradeContext, type Upgrades, withInput, withoutAttributes } from './upgrade.ts';

/** Reads an attribute as the tensor that takes its place; undefined when the node has none. */
type AsTensor = (node: Node, context: UpgradeContext) => Tensor | undefined;

/** A list of integers, as an int64 vector. */
function ints(name: string): AsTensor {
  return (node) => {
    const values = intsAttribute(node, name);
    return values && int64([values.length], values);
  };
}

/** One integer, as an int64 vector of one element or as a scalar. */
function oneInt(name: string, dims: readonly number[]): AsTensor {
  return (node) => {
    const value = intAttribute(node, name);
    return value === undefined ? undefined : int64(dims, [value]);
  };
}

/** One number, as a scalar of the first input's type. */
function scalarLikeInput(name: string): AsTensor {
  return (node, context) => {
    const value = floatAttribute(node, name);
    return value === undefined
      ? undefined
      : tensorOfNumbers(context.fact(node.inputs[0]).dtype ?? 'float32', [], [value]);
  };
}

/** One number, as a float32 scalar. */
function scalar(name: string): AsTensor {
  return (node) => {
    const value = floatAttribute(node, name);
    return value === undefined ? undefined : { dtype: 'float32', dims: [], data: Float32Array.of(value) };
  };
}

/** A list of numbers, as a float32 vector. */
function floats(name: string): AsTensor {
  return (node) => {
    const values = floatsAttribute(node, name);
    return values && { dtype: 'float32', dims: [values.length], data: Float32Array.from(values) };
  };
}

/** From this operator set on, the attributes are inputs at these positions. */
function moved(opset: number, inputs: Readonly<Record<string, readonly [position: number, read: AsTensor]>>): Upgrade {
  return {
    opset,
    apply: (node, context) => {
      let result = withoutAttributes(node, ...Object.keys(inputs));
      for (const [name, [position, read]] of Object.entries(inputs)) {
        const tensor = lookup(node.attributes, name) && read(node, context);
        if (tensor) result = withInput(result, position, context.constant(tensor, `${node.name}_${name}`));
      }
      return [result];
    },
  };
}

const axesAt = (opset: number) => [moved(opset, { axes: [1, ints('axes')] })];

/** Attributes that became inputs, so that they can be computed in the graph. */
export const attributesToInputs: Upgrades = {
  Clip: [moved(11, { min: [1, scalarLikeInput('min')], max: [2, scalarLikeInput('max')] })],
  Dropout: [moved(12, { ratio: [1, scalar('ratio')] })],
  Pad: [moved(11, { pads: [1, ints('pads')], value: [2, scalarLikeInput('value')] })],
  ReduceSum: axesAt(13),
  ReduceL1: axesAt(18),
  ReduceL2: axesAt(18),
  ReduceLogSum: axesAt(18),
  ReduceLogSumExp: axesAt(18),
  ReduceMax: axesAt(18),
  ReduceMean: axesAt(18),
  ReduceMin: axesAt(18),
  ReduceProd: axesAt(18),
  ReduceSumSquare: axesAt(18),
  Slice: [moved(10, { starts: [1, ints('starts')], ends: [2, ints('ends')], axes: [3, ints('axes')] })],
  Split: [moved(13, { split: [1, ints('split')] })],
  Squeeze: axesAt(13),
  Unsqueeze: axesAt(13),
  TopK: [moved(10, { k: [1, oneInt('k', [1])] })],
  Upsample: [moved(9, { scales: [1, floats('scales')] })],
};
