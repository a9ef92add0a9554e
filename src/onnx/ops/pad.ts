import { axisWithin, type Call, type Fact, input, intsGiven, numbers, type Operators } from './op.ts';

/** Every axis grows by its begin and end; negative ones crop. Since operator set 18 only the listed axes. */
function infer(call: Call): readonly Fact[] {
  const { dtype, shape } = input(call, 0);
  const pads = intsGiven(call, 1, 'pads');
  const axes = numbers(call.inputs[3]) ?? (call.inputs[3] ? undefined : shape?.map((_, axis) => axis));
  if (shape === undefined || pads === undefined || axes === undefined)
    return [{ dtype, shape: shape?.map(() => null) }];
  const dims = [...shape];
  for (const [index, given] of axes.entries()) {
    const axis = axisWithin(given, shape.length);
    if (axis === undefined) return [{ dtype, shape: undefined }];
    const [begin, end] = [pads[index] ?? 0, pads[index + axes.length] ?? 0];
    const size = shape[axis] ?? null;
    dims[axis] = typeof size === 'number' ? size + begin + end : begin === 0 && end === 0 ? size : null;
  }
  return [{ dtype, shape: dims }];
}

/** Adds or takes away borders. */
export const pad: Operators = { Pad: { infer } };
