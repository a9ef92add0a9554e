import { intAttribute } from '../attributes.ts';
import type { Node } from '../ir.ts';
import { axisWithin } from '../ops/op.ts';
import { type Upgrade, type UpgradeContext, type Upgrades, withAttributes } from './upgrade.ts';

/**
 * Before operator set 13 the input counts as a matrix, split at `axis` (1 unless said otherwise), and rows sum to 1; from
 * then on one axis does (the last). They agree where the axis is the last one, or only ones follow. Elsewhere:
 *
 *     x → Softmax     becomes     x → Flatten → Softmax → Reshape(Shape(x))
 */
function apply(node: Node, context: UpgradeContext): readonly Node[] {
  const axis = intAttribute(node, 'axis', 1);
  const [x = ''] = node.inputs;
  const { shape } = context.fact(x);
  const within = shape && axisWithin(axis, shape.length);
  if (within !== undefined && shape?.slice(within + 1).every((dim) => dim === 1)) {
    return [withAttributes(node, { axis: { kind: 'int', value: axis } })];
  }
  const [matrix, result, dims] = ['flat', 'rows', 'shape'].map((part) => context.fresh(`${node.name}_${part}`));
  if (matrix === undefined || result === undefined || dims === undefined) return [node];
  const bare = { domain: '', attributes: {} };
  return [
    {
      ...bare,
      name: `${node.name}_flatten`,
      op: 'Flatten',
      inputs: [x],
      outputs: [matrix],
      attributes: { axis: { kind: 'int', value: axis } },
    },
    withAttributes({ ...node, inputs: [matrix], outputs: [result] }, { axis: { kind: 'int', value: 1 } }),
    { ...bare, name: `${node.name}_shape`, op: 'Shape', inputs: [x], outputs: [dims] },
    { ...bare, name: `${node.name}_reshape`, op: 'Reshape', inputs: [result, dims], outputs: node.outputs },
  ];
}

const rule: readonly Upgrade[] = [{ opset: 13, apply }];

/** Functions of rows that became functions of an axis. */
export const softmax: Upgrades = { Softmax: rule, LogSoftmax: rule, Hardmax: rule };
