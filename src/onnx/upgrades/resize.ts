import { stringAttribute } from '../attributes.ts';
import type { Attribute, Node } from '../ir.ts';
import { numbers } from '../ops/op.ts';
import { lookup } from '../records.ts';
import { type UpgradeContext, type Upgrades, withAttributes } from './upgrade.ts';

const text = (value: string): Attribute => ({ kind: 'string', value });

/** Upsample(x, scales) is Resize(x, scales) of operator set 10. */
function fromUpsample(node: Node): readonly Node[] {
  return [{ ...node, op: 'Resize' }];
}

/**
 * Resize(x, scales) becomes Resize(x, roi, scales). Coordinates were x / scale; nearest took the pixel below when
 * enlarging and the one above when shrinking (as onnxruntime runs operator set 10).
 */
function withRegion(node: Node, context: UpgradeContext): readonly Node[] {
  const [x = '', scales = ''] = node.inputs;
  const mode = stringAttribute(node, 'mode', 'nearest');
  const shrinks = numbers(context.fact(scales))?.every((scale) => scale <= 1) === true;
  return [
    withAttributes(
      { ...node, inputs: [x, '', scales] },
      {
        mode: text(mode === 'bilinear' ? 'linear' : mode),
        coordinate_transformation_mode: text('asymmetric'),
        ...(mode === 'nearest' ? { nearest_mode: text(shrinks ? 'ceil' : 'floor') } : {}),
      },
    ),
  ];
}

/** Sizes and an empty list of scales could both be given; since operator set 13 only one of them. */
function sizesAlone(node: Node): readonly Node[] {
  return node.inputs[3] ? [{ ...node, inputs: node.inputs.with(2, '') }] : [node];
}

/** The coordinate rule of operator set 10 stayed the default until 16, under the name that this gives it. */
function halfPixelOutput(node: Node): readonly Node[] {
  return [withAttributes(node, { coordinate_transformation_mode: text('output_half_pixel') })];
}

const GRID_MODES: Readonly<Record<string, string>> = { bilinear: 'linear', bicubic: 'cubic' };

function renamedModes(node: Node): readonly Node[] {
  const mode = stringAttribute(node, 'mode', 'bilinear');
  return [withAttributes(node, { mode: text(lookup(GRID_MODES, mode) ?? mode) })];
}

/** Interpolation: Upsample, Resize, and regions of interest. */
export const resize: Upgrades = {
  // Operator set 9 made `scales` an input: attributes-to-inputs.ts.
  Upsample: [{ opset: 10, apply: fromUpsample }],
  Resize: [
    { opset: 11, apply: withRegion },
    { opset: 13, apply: sizesAlone },
  ],
  RoiAlign: [{ opset: 16, apply: halfPixelOutput }],
  GridSample: [{ opset: 20, apply: renamedModes }],
};
