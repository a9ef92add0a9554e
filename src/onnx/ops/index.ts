import { lookup, recordOf } from '../records.ts';
import { binary } from './binary.ts';
import { casts } from './cast.ts';
import { concat } from './concat.ts';
import { constants } from './constant.ts';
import { conv } from './conv.ts';
import { einsum } from './einsum.ts';
import { expanding } from './expand.ts';
import { gathering } from './gather.ts';
import { gemm } from './gemm.ts';
import { losses } from './loss.ts';
import { matmul } from './matmul.ts';
import { normalisation } from './normalisation.ts';
import type { Operator } from './op.ts';
import { pad } from './pad.ts';
import { pool } from './pool.ts';
import { recurrentLayers } from './recurrent.ts';
import { reduce } from './reduce.ts';
import { reshaping } from './reshape.ts';
import { resizing } from './resize.ts';
import { slice } from './slice.ts';
import { split } from './split.ts';
import { text } from './text.ts';
import { unary } from './unary.ts';

/** Every operator whose output types graftwork can tell. A new one is a file and a line here. */
const OPERATORS: Readonly<Record<string, Operator>> = recordOf([
  ...Object.entries(unary),
  ...Object.entries(binary),
  ...Object.entries(casts),
  ...Object.entries(concat),
  ...Object.entries(constants),
  ...Object.entries(conv),
  ...Object.entries(einsum),
  ...Object.entries(expanding),
  ...Object.entries(gathering),
  ...Object.entries(gemm),
  ...Object.entries(losses),
  ...Object.entries(matmul),
  ...Object.entries(normalisation),
  ...Object.entries(pad),
  ...Object.entries(pool),
  ...Object.entries(recurrentLayers),
  ...Object.entries(reduce),
  ...Object.entries(reshaping),
  ...Object.entries(resizing),
  ...Object.entries(slice),
  ...Object.entries(split),
  ...Object.entries(text),
]);

/** The rule for an operator of the standard domain, if there is one. */
export function operatorOf(op: string): Operator | undefined {
  return lookup(OPERATORS, op);
}
