import { intAttribute, stringAttribute } from '../attributes.ts';
import type { Dim } from '../ir.ts';
import { type Call, type Fact, input, type Operator, type Operators, sizeForOne } from './op.ts';

/**
 * x [T, N, I] → y [T, D, N, H], last h [D, N, H] and, for LSTM, last c; with layout 1 the batch comes first. D is the
 * number of directions.
 */
function infer(call: Call): readonly Fact[] {
  const { dtype, shape } = input(call, 0);
  const hidden: Dim = intAttribute(call.node, 'hidden_size') ?? input(call, 2).shape?.[2] ?? null;
  const directions = stringAttribute(call.node, 'direction', 'forward') === 'bidirectional' ? 2 : 1;
  const batchFirst = intAttribute(call.node, 'layout', 0) === 1;
  const [first = null, second = null] = shape ?? [];
  const last: readonly Dim[] = batchFirst ? [first, directions, hidden] : [directions, second, hidden];
  const all = batchFirst ? [first, second, directions, hidden] : [first, directions, second, hidden];
  return [
    { dtype, shape: all },
    { dtype, shape: last },
    { dtype, shape: last },
  ];
}

/** Every step multiplies with W [D, G·H, I] and R [D, G·H, H], which hold all gates G. */
function macs(call: Call): number | undefined {
  const [x, w, r] = [0, 1, 2].map((index) => input(call, index).shape);
  return x && w && r && sizeForOne(x.slice(0, 2)) * (sizeForOne(w) + sizeForOne(r));
}

const layer: Operator = { infer, macs };

/** Recurrent layers. */
export const recurrentLayers: Operators = { LSTM: layer, GRU: layer, RNN: layer };
