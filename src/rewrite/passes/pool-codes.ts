import { int64 } from '../../base/index.ts';
import { GraphBuilder, type Model } from '../../onnx/index.ts';
import { RewriteError } from '../rewriter.ts';
import type { Tap } from '../tap.ts';
import { batchOf } from './attach-head.ts';
import { cutPrefix } from './cut-at-tap.ts';

/** The output that holds the codes. */
export const CODES_OUTPUT = 'codes';

export interface PoolOptions {
  /** Input [N, T] that is 1 for tokens that count and 0 for padding: token means leave padding out. */
  readonly mask?: string;
}

/**
 * Cuts a network above some taps and pools them into one output `codes`, float32 [N, Σ channels], in the order of the taps.
 *
 *     image ─ … ─ a [N, C, H, W] ─ … ─ b [N, D] ─ … ─ logits
 *         →
 *     image ─ … ─ a ─┬─ mean over H, W ─ Concat ─ codes [N, C + D]
 *                    └─ … ─ b ────────────┘
 */
export function poolCodes(
  model: Model,
  taps: readonly Pick<Tap, 'tensor' | 'pooling' | 'channels' | 'shape'>[],
  options: PoolOptions = {},
): Model {
  if (taps.length === 0) throw new RewriteError('pool codes', 'no tap was given');
  const builder = GraphBuilder.from(
    cutPrefix(model, [...taps.map((tap) => tap.tensor), ...(options.mask ? [options.mask] : [])]),
  );
  builder.clearOutputs();
  const columns = taps.map((tap) => poolTap(builder, tap, options.mask));
  const width = taps.reduce((total, tap) => total + tap.channels, 0);
  builder.node('Concat', columns, { axis: 1 }, { outputs: [CODES_OUTPUT], name: CODES_OUTPUT });
  builder.output(CODES_OUTPUT, 'float32', [batchOf(model), width]);
  return builder.build();
}

function poolTap(
  builder: GraphBuilder,
  tap: Pick<Tap, 'tensor' | 'pooling' | 'channels' | 'shape'>,
  mask: string | undefined,
): string {
  const name = `codes/${tap.tensor}`;
  if (tap.pooling === 'none') return tap.tensor;
  if (tap.pooling === 'token-mean') {
    if (mask !== undefined && tap.shape.length === 2) return maskedMean(builder, tap.tensor, mask, name);
    return reduceMean(
      builder,
      tap.tensor,
      Array.from({ length: tap.shape.length - 1 }, (_, axis) => axis + 1),
      name,
    );
  }
  if (tap.shape.length < 3) return reduceMean(builder, tap.tensor, [2], name);
  const pooled = builder.node('GlobalAveragePool', [tap.tensor], {}, { name: `${name}/mean` });
  return builder.node('Flatten', [pooled], { axis: 1 }, { name });
}

/** Axes were an attribute of ReduceMean before opset 18. */
function reduceMean(builder: GraphBuilder, tensor: string, axes: readonly number[], name: string): string {
  if (builder.opset < 18) return builder.node('ReduceMean', [tensor], { axes, keepdims: 0 }, { name });
  return builder.node(
    'ReduceMean',
    [tensor, builder.constant(int64([axes.length], axes), `${name}/axes`)],
    { keepdims: 0 },
    { name },
  );
}

/** Σ mask·x / Σ mask over the tokens; each text has at least one token that counts. */
function maskedMean(builder: GraphBuilder, tensor: string, mask: string, name: string): string {
  const axes = (values: readonly number[]): string => builder.constant(int64([values.length], values), `${name}/axes`);
  const weights = builder.node('Unsqueeze', [builder.node('Cast', [mask], { to: 'float32' }), axes([2])]);
  const sum = builder.node('ReduceSum', [builder.node('Mul', [tensor, weights]), axes([1])], { keepdims: 0 });
  const count = builder.node('ReduceSum', [weights, axes([1])], { keepdims: 0 });
  return builder.node('Div', [sum, count], {}, { name });
}
