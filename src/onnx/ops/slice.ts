import type { Dim } from '../ir.ts';
import { axisWithin, type Call, type Fact, input, intsGiven, type Operators } from './op.ts';

interface Cut {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** Elements of numpy's start:end:step on an axis; begin and count. */
function positions({ start, end, step }: Cut, size: number): { first: number; count: number } {
  const clamp = (index: number, low: number, high: number) =>
    Math.min(Math.max(index < 0 ? index + size : index, low), high);
  const first = step > 0 ? clamp(start, 0, size) : clamp(start, 0, size - 1);
  const last = step > 0 ? clamp(end, 0, size) : clamp(end, -1, size - 1);
  return { first, count: Math.max(0, Math.ceil((last - first) / step)) };
}

function cutDim(cut: Cut, size: Dim): Dim {
  if (typeof size === 'number') return positions(cut, size).count;
  // The whole of an axis whose length is not known.
  return cut.start === 0 && cut.step === 1 && cut.end >= 2 ** 31 - 1 ? size : null;
}

function infer(call: Call): readonly Fact[] {
  const { dtype, shape, value } = input(call, 0);
  const starts = intsGiven(call, 1, 'starts');
  const ends = intsGiven(call, 2, 'ends');
  const hasAxes = call.inputs[3] !== undefined;
  const axes = intsGiven(call, 3, 'axes') ?? (hasAxes ? undefined : starts?.map((_, index) => index));
  const steps = intsGiven(call, 4, 'steps') ?? (call.inputs[4] ? undefined : starts?.map(() => 1));
  if (shape === undefined || !axes) return [{ dtype, shape: shape?.map(() => null) }];
  const dims = [...shape];
  let picked = shape.length === 1 ? value : undefined;
  for (const [index, given] of axes.entries()) {
    const axis = axisWithin(given, shape.length);
    if (axis === undefined) return [{ dtype, shape: undefined }];
    const [start, end, step] = [starts?.[index], ends?.[index], steps?.[index]];
    const cut = start === undefined || end === undefined || !step ? undefined : { start, end, step };
    dims[axis] = cut ? cutDim(cut, shape[axis] ?? null) : null;
    picked = picked && cut && pick(picked, cut);
  }
  return [{ dtype, shape: dims, value: picked }];
}

function pick(value: readonly Dim[], cut: Cut): readonly Dim[] {
  const { first, count } = positions(cut, value.length);
  return Array.from({ length: count }, (_, index) => value[first + index * cut.step] ?? null);
}

/** Takes ranges along axes. */
export const slice: Operators = { Slice: { infer } };
