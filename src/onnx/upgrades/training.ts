import { InputError } from '../../base/index.ts';
import { intAttribute } from '../attributes.ts';
import { dtypeCode } from '../dtypes.ts';
import type { Node } from '../ir.ts';
import { type UpgradeContext, type Upgrades, withAttributes, withoutAttributes } from './upgrade.ts';

/** Statistics for every position instead of every channel were taken out in operator set 9. */
function perChannel(node: Node): readonly Node[] {
  if (intAttribute(node, 'spatial', 1) !== 1) {
    throw new InputError(
      `Cannot bring node '${node.name}' (BatchNormalization) up to date: spatial=0 has no successor`,
      {
        fix: 'Export the model with BatchNormalization over channels',
      },
    );
  }
  return [withoutAttributes(node, 'spatial')];
}

/** More outputs than one meant training; since operator set 14 an attribute says so, and two outputs are gone. */
function trainingMode(node: Node, context: UpgradeContext): readonly Node[] {
  const used = node.outputs.map((name) => name !== '' && context.isRead(name));
  if (used[3] || used[4]) {
    throw new InputError(
      `Cannot bring node '${node.name}' (BatchNormalization) up to date: its saved statistics are read`,
      {
        fix: 'Export the model for inference',
      },
    );
  }
  if (!used[1] && !used[2]) return [{ ...node, outputs: node.outputs.slice(0, 1) }];
  const training = { ...node, outputs: node.outputs.slice(0, 3) };
  return [withAttributes(training, { training_mode: { kind: 'int', value: 1 } })];
}

/** The mask became bool in operator set 10; whoever reads it still gets the input's type. */
function boolMask(node: Node, context: UpgradeContext): readonly Node[] {
  const [y = '', mask = ''] = node.outputs;
  if (mask === '' || !context.isRead(mask)) return [{ ...node, outputs: [y] }];
  const flags = context.fresh(`${node.name}_flags`);
  const to = dtypeCode(context.fact(node.inputs[0]).dtype ?? 'float32');
  return [
    { ...node, outputs: [y, flags] },
    {
      name: `${node.name}_mask`,
      op: 'Cast',
      domain: '',
      inputs: [flags],
      outputs: [mask],
      attributes: { to: { kind: 'int', value: to } },
    },
  ];
}

/** Operators that behave otherwise in training. */
export const training: Upgrades = {
  BatchNormalization: [
    { opset: 9, apply: perChannel },
    { opset: 14, apply: trainingMode },
  ],
  Dropout: [{ opset: 10, apply: boolMask }],
};
