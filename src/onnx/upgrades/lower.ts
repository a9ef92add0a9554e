import { InputError, int64 } from '../../base/index.ts';
import { floatAttribute, intAttribute } from '../attributes.ts';
import { dtypeCode, dtypeOfCode } from '../dtypes.ts';
import type { Attribute, Node } from '../ir.ts';
import { axisWithin } from '../ops/op.ts';
import { signatureOf } from '../ops/signature.ts';
import { TARGET_OPSET } from '../opset.ts';
import { tensorOfNumbers } from '../tensor.ts';
import { type UpgradeContext, withoutAttributes } from './upgrade.ts';

/** Attributes added after the target set whose default is the behaviour of before. */
const ADDED: Readonly<Record<string, Readonly<Record<string, number | string>>>> = {
  Cast: { round_mode: 'up' },
  CastLike: { round_mode: 'up' },
  QuantizeLinear: { precision: 0 },
  DequantizeLinear: { output_dtype: 0 },
  SpaceToDepth: { mode: 'DCR' },
};

/**
 * A node of a newer operator set in the target set: as it is, where the newer set only added element types; in older
 * operators where that is simple. Errors: there is no counterpart.
 */
export function lower(node: Node, from: number, context: UpgradeContext): readonly Node[] {
  if (node.op === 'Swish') return swish(node, context);
  if (node.op === 'RMSNormalization') return rmsNormalization(node, context);
  const signature = signatureOf(node.op, TARGET_OPSET);
  if (typeof signature !== 'object') throw none(node, from, `operator set ${TARGET_OPSET} has no ${node.op}`);
  let result = node;
  for (const [name, attribute] of Object.entries(node.attributes)) {
    if (signature.attributes.has(name)) continue;
    if (!isDefault(attribute, ADDED[node.op]?.[name])) throw none(node, from, `its attribute '${name}' is newer`);
    result = withoutAttributes(result, name);
  }
  if (node.inputs.length > signature.inputs[1]) throw none(node, from, 'it has more inputs');
  return [result];
}

function isDefault(attribute: Attribute, value: number | string | undefined): boolean {
  return (attribute.kind === 'int' || attribute.kind === 'string') && attribute.value === value;
}

/** x · sigmoid(α x) */
function swish(node: Node, context: UpgradeContext): readonly Node[] {
  const [x = ''] = node.inputs;
  const alpha = floatAttribute(node, 'alpha', 1);
  const gate = context.fresh(`${node.name}_gate`);
  const bare = { domain: '', attributes: {} };
  const end: Node = { ...bare, name: node.name, op: 'Mul', inputs: [x, gate], outputs: node.outputs };
  if (alpha === 1) return [{ ...bare, name: `${node.name}_sigmoid`, op: 'Sigmoid', inputs: [x], outputs: [gate] }, end];
  const scaled = context.fresh(`${node.name}_scaled`);
  const factor = context.constant(
    tensorOfNumbers(context.fact(x).dtype ?? 'float32', [], [alpha]),
    `${node.name}_alpha`,
  );
  return [
    { ...bare, name: `${node.name}_scale`, op: 'Mul', inputs: [x, factor], outputs: [scaled] },
    { ...bare, name: `${node.name}_sigmoid`, op: 'Sigmoid', inputs: [scaled], outputs: [gate] },
    end,
  ];
}

/**
 * x / √(mean of x² over the axes from `axis` on + ε) · scale, the first part in the type of `stash_type`:
 *
 *     x → Cast → Mul(x, x) → ReduceMean → Add ε → Sqrt → Div(x, ·) → Cast → Mul scale
 */
function rmsNormalization(node: Node, context: UpgradeContext): readonly Node[] {
  const [x = '', scale = ''] = node.inputs;
  const { shape, dtype = 'float32' } = context.fact(x);
  const axis = shape && axisWithin(intAttribute(node, 'axis', -1), shape.length);
  const stash = intAttribute(node, 'stash_type', 1);
  const stashType = dtypeOfCode(stash);
  if (shape === undefined || axis === undefined || stashType === undefined) {
    throw none(node, TARGET_OPSET + 2, 'the rank of its input is not known');
  }
  const axes = context.constant(
    int64(
      [shape.length - axis],
      shape.slice(axis).map((_, index) => axis + index),
    ),
    `${node.name}_axes`,
  );
  const epsilon = context.constant(
    tensorOfNumbers(stashType, [], [floatAttribute(node, 'epsilon', 1e-5)]),
    `${node.name}_epsilon`,
  );
  const nodes: Node[] = [];
  const add = (op: string, inputs: readonly string[], to?: number): string => {
    const output = context.fresh(`${node.name}_${op.toLowerCase()}`);
    const attributes: Node['attributes'] = to === undefined ? {} : { to: { kind: 'int', value: to } };
    nodes.push({ name: `${output}_node`, op, domain: '', inputs, outputs: [output], attributes });
    return output;
  };
  const wide = add('Cast', [x], stash);
  const mean = add('ReduceMean', [add('Mul', [wide, wide]), axes]);
  const normalised = add('Div', [wide, add('Sqrt', [add('Add', [mean, epsilon])])]);
  const narrow = add('Cast', [normalised], dtypeCode(dtype));
  return [
    ...nodes,
    { name: node.name, op: 'Mul', domain: '', inputs: [narrow, scale], outputs: node.outputs, attributes: {} },
  ];
}

function none(node: Node, from: number, why: string): InputError {
  return new InputError(
    `Cannot bring node '${node.name}' (${node.op}, operator set ${from}) down to set ${TARGET_OPSET}: ${why}`,
    {
      fix: `Export the model again with operator set ${TARGET_OPSET}`,
    },
  );
}
