import { floatsAttribute, intsAttribute, stringAttribute } from '../attributes.ts';
import type { Dim } from '../ir.ts';
import { axisWithin, type Call, type Fact, input, numbers, type Operators } from './op.ts';

/** Sizes are given, or follow from scales as ⌊size · scale⌋. */
function resize(call: Call): readonly Fact[] {
  const { dtype, shape } = input(call, 0);
  if (shape === undefined) return [{ dtype, shape: undefined }];
  const modern = call.opset >= 11;
  const sizes = modern ? input(call, 3).value : undefined;
  const scales = scalesOf(call, modern ? 2 : 1);
  const axes = (intsAttribute(call.node, 'axes') ?? shape.map((_, axis) => axis)).map((axis) =>
    axisWithin(axis, shape.length),
  );
  const policy = stringAttribute(call.node, 'keep_aspect_ratio_policy', 'stretch');
  const wanted = sizes && policy !== 'stretch' ? keepAspect(shape, axes, sizes, policy) : sizes;
  const dims: Dim[] = [...shape];
  for (const [index, axis] of axes.entries()) {
    if (axis === undefined) return [{ dtype, shape: undefined }];
    const [size, scale] = [shape[axis] ?? null, scales?.[index]];
    if (wanted !== undefined) dims[axis] = wanted[index] ?? null;
    else
      dims[axis] =
        typeof size === 'number' && scale !== undefined ? Math.floor(size * scale) : scale === 1 ? size : null;
  }
  return [{ dtype, shape: dims }];
}

function scalesOf(call: Call, index: number): readonly number[] | undefined {
  const scales = numbers(call.inputs[index]) ?? floatsAttribute(call.node, 'scales');
  return scales?.length === 0 ? undefined : scales;
}

function keepAspect(
  shape: readonly Dim[],
  axes: readonly (number | undefined)[],
  sizes: readonly Dim[],
  policy: string,
): readonly Dim[] {
  const ratios = axes.map((axis, index) => {
    const [size, dim] = [sizes[index], axis === undefined ? null : shape[axis]];
    return typeof size === 'number' && typeof dim === 'number' ? size / dim : Number.NaN;
  });
  const scale = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  return axes.map((axis) => {
    const dim = axis === undefined ? null : shape[axis];
    return typeof dim === 'number' && Number.isFinite(scale) ? Math.round(dim * scale) : null;
  });
}

/** grid [N, H', W', 2] over x [N, C, H, W] → [N, C, H', W'], in any number of spatial axes. */
function gridSample(call: Call): readonly Fact[] {
  const { dtype, shape } = input(call, 0);
  const grid = input(call, 1).shape;
  return [{ dtype, shape: shape && grid && [...shape.slice(0, 2), ...grid.slice(1, -1)] }];
}

/** Interpolation. */
export const resizing: Operators = {
  Resize: { infer: resize },
  Upsample: { infer: resize },
  GridSample: { infer: gridSample },
};
