import { intAttribute, intsAttribute, stringAttribute } from '../attributes.ts';
import type { Dim } from '../ir.ts';
import { type Call, type Fact, input, type Operators, sizeForOne } from './op.ts';
import { allPositions, windowOf } from './window.ts';

/** x [N, C, …], w [M, C/group, k…] → [N, M, …]. */
function inferConv(call: Call, weightInput = 1): readonly Fact[] {
  const { shape: x, dtype } = input(call, 0);
  const w = input(call, weightInput).shape;
  if (x === undefined) return [{ dtype, shape: undefined }];
  const window = windowOf(call, x.length - 2, w?.slice(2));
  const spatial = window ? allPositions(window, x.slice(2), call) : x.slice(2).map(() => null);
  return [{ dtype, shape: [x[0] ?? null, w?.[0] ?? null, ...spatial] }];
}

/** Every output element sums C/group · k products. */
function macsConv(call: Call, [output]: readonly Fact[], weightInput = 1): number | undefined {
  const w = input(call, weightInput).shape;
  return w && output?.shape && sizeForOne(output.shape) * sizeForOne(w.slice(1));
}

/** x [N, C, …], w [C, M/group, k…] → [N, M, …] (ONNX: ConvTranspose). */
function inferConvTranspose(call: Call): readonly Fact[] {
  const { shape: x, dtype } = input(call, 0);
  const w = input(call, 1).shape;
  if (x === undefined) return [{ dtype, shape: undefined }];
  const rank = x.length - 2;
  const perGroup = w?.[1];
  const group = intAttribute(call.node, 'group', 1);
  const channels: Dim = typeof perGroup === 'number' ? perGroup * group : group === 1 ? (perGroup ?? null) : null;
  const given = intsAttribute(call.node, 'output_shape');
  // Old exporters wrote batch and channels too.
  const spatial = given
    ? given.slice(-rank)
    : x.slice(2).map((size, axis) => transposedSize(call, size, axis, rank, w));
  return [{ dtype, shape: [x[0] ?? null, channels, ...spatial] }];
}

function transposedSize(call: Call, size: Dim, axis: number, rank: number, w: readonly Dim[] | undefined): Dim {
  const window = windowOf(call, rank, w?.slice(2));
  const kernel = window?.kernel[axis];
  if (window === undefined || typeof kernel !== 'number' || typeof size !== 'number') return null;
  const stride = window.strides[axis] ?? 1;
  if (stringAttribute(call.node, 'auto_pad', 'NOTSET').startsWith('SAME')) return size * stride;
  const extra = intsAttribute(call.node, 'output_padding')?.[axis] ?? 0;
  const reach = (kernel - 1) * (window.dilations[axis] ?? 1) + 1;
  return stride * (size - 1) + extra + reach - (window.pads[axis] ?? 0) - (window.pads[axis + rank] ?? 0);
}

/** Every input element is multiplied with M/group · k weights. */
function macsConvTranspose(call: Call): number | undefined {
  const [x, w] = [input(call, 0).shape, input(call, 1).shape];
  return x && w && sizeForOne(x) * sizeForOne(w.slice(1));
}

/** Convolutions. */
export const conv: Operators = {
  Conv: { infer: (call) => inferConv(call), macs: (call, outputs) => macsConv(call, outputs) },
  ConvTranspose: { infer: inferConvTranspose, macs: macsConvTranspose },
  ConvInteger: {
    infer: (call) => inferConv(call).map((fact) => ({ ...fact, dtype: 'int32' })),
    macs: (call, outputs) => macsConv(call, outputs),
  },
  QLinearConv: {
    infer: (call) => inferConv(call, 3).map((fact) => ({ ...fact, dtype: input(call, 7).dtype })),
    macs: (call, outputs) => macsConv(call, outputs, 3),
  },
};
