import { intAttribute, intsAttribute, stringAttribute } from '../attributes.ts';
import type { Dim } from '../ir.ts';
import type { Call } from './op.ts';

/** Kernel, stride, dilation and padding of a sliding window over the spatial axes. */
export interface Window {
  readonly kernel: readonly Dim[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Begin of every axis, then end of every axis. */
  readonly pads: readonly number[];
  readonly autoPad: string;
}

/** The window of a node over `rank` spatial axes; the kernel may come from the shape of the weights. */
export function windowOf(call: Call, rank: number, kernel?: readonly Dim[]): Window | undefined {
  const { node } = call;
  const shape = intsAttribute(node, 'kernel_shape') ?? kernel;
  if (shape?.length !== rank) return undefined;
  return {
    kernel: shape,
    strides: intsAttribute(node, 'strides') ?? Array<number>(rank).fill(1),
    dilations: intsAttribute(node, 'dilations') ?? Array<number>(rank).fill(1),
    pads: intsAttribute(node, 'pads') ?? Array<number>(2 * rank).fill(0),
    autoPad: stringAttribute(node, 'auto_pad', 'NOTSET'),
  };
}

/** Positions of the window along one axis (ONNX: Conv, MaxPool). `ceil` also counts a last one that starts within the padded input. */
function positions(window: Window, axis: number, size: Dim, ceil: boolean): Dim {
  const kernel = window.kernel[axis];
  const stride = window.strides[axis] ?? 1;
  if (window.autoPad.startsWith('SAME')) {
    if (stride === 1) return size;
    return typeof size === 'number' ? Math.ceil(size / stride) : null;
  }
  if (typeof kernel !== 'number') return null;
  const reach = (kernel - 1) * (window.dilations[axis] ?? 1) + 1;
  const begin = window.autoPad === 'VALID' ? 0 : (window.pads[axis] ?? 0);
  const end = window.autoPad === 'VALID' ? 0 : (window.pads[axis + window.kernel.length] ?? 0);
  if (typeof size !== 'number') return stride === 1 && begin + end === reach - 1 ? size : null;
  const span = size + begin + end - reach;
  if (span < 0) return 0;
  if (!ceil) return Math.floor(span / stride) + 1;
  const count = Math.ceil(span / stride) + 1;
  // A window that would start in the end padding is none.
  return (count - 1) * stride >= size + begin ? count - 1 : count;
}

/** Positions along every axis. */
export function allPositions(window: Window, sizes: readonly Dim[], call: Call): readonly Dim[] {
  const ceil = intAttribute(call.node, 'ceil_mode', 0) === 1;
  return sizes.map((size, axis) => positions(window, axis, size, ceil));
}
