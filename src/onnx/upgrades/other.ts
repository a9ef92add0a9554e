import { InputError, int64 } from '../../base/index.ts';
import { intAttribute } from '../attributes.ts';
import type { Node } from '../ir.ts';
import { type UpgradeContext, type Upgrades, withAttributes, withInput, withoutAttributes } from './upgrade.ts';

function renamed(op: string): (node: Node) => readonly Node[] {
  return (node) => [{ ...node, op }];
}

/** Without sizes, the number of equal parts has to be said. */
function numOutputs(node: Node): readonly Node[] {
  if (node.inputs[1] !== undefined && node.inputs[1] !== '') return [node];
  return [withAttributes(node, { num_outputs: { kind: 'int', value: node.outputs.length } })];
}

/**
 * Scale and bias for each group [G] became scale and bias for each channel [C]: each value is repeated C/G times.
 *
 *     scale [G] → Reshape [G, 1] → Expand [G, C/G] → Reshape [C]
 */
function perChannel(node: Node, context: UpgradeContext): readonly Node[] {
  const groups = intAttribute(node, 'num_groups', 1);
  const channels = context.fact(node.inputs[0]).shape?.[1];
  if (typeof channels !== 'number') {
    throw new InputError(
      `Cannot bring node '${node.name}' (GroupNormalization) up to date: its number of channels is not known`,
      {
        fix: 'Export the model with operator set 21 or newer',
      },
    );
  }
  const column = context.constant(int64([2], [groups, 1]), `${node.name}_column`);
  const grid = context.constant(int64([2], [groups, channels / groups]), `${node.name}_grid`);
  const flat = context.constant(int64([1], [channels]), `${node.name}_flat`);
  let result = node;
  const nodes: Node[] = [];
  for (const [position, what] of [
    [1, 'scale'],
    [2, 'bias'],
  ] as const) {
    let tensor = node.inputs[position] ?? '';
    for (const [op, target] of [
      ['Reshape', column],
      ['Expand', grid],
      ['Reshape', flat],
    ] as const) {
      const output = context.fresh(`${node.name}_${what}`);
      nodes.push({
        name: `${output}_${op}`,
        op,
        domain: '',
        inputs: [tensor, target],
        outputs: [output],
        attributes: {},
      });
      tensor = output;
    }
    result = withInput(result, position, tensor);
  }
  return [...nodes, result];
}

/** The axis became an input, counted with the trailing axis of real and imaginary part, and by default the one before it. */
function axisInput(node: Node, context: UpgradeContext): readonly Node[] {
  const axis = intAttribute(node, 'axis', 1);
  const name = context.constant(int64([], [axis]), `${node.name}_axis`);
  return [withInput(withoutAttributes(node, 'axis'), 2, name)];
}

function refused(why: string): (node: Node) => readonly Node[] {
  return (node) => {
    throw new InputError(`Cannot bring node '${node.name}' (${node.op}) up to date: ${why}`, {
      fix: 'Export the model again with operator set 9 or newer',
    });
  };
}

/** Names, and rules of one operator each. */
export const other: Upgrades = {
  Scatter: [{ opset: 11, apply: renamed('ScatterElements') }],
  Split: [{ opset: 18, apply: numOutputs }],
  GroupNormalization: [{ opset: 21, apply: perChannel }],
  DFT: [{ opset: 20, apply: axisInput }],
  Scan: [{ opset: 9, apply: refused('operator set 9 changed its inputs') }],
};
