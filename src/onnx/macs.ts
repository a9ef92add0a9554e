import { callOf, type TensorType } from './infer.ts';
import type { Model } from './ir.ts';
import { operatorOf } from './ops/index.ts';
import { UNKNOWN } from './ops/op.ts';

export interface MacCount {
  /** Multiply-accumulates by node name; nodes without any are left out. */
  readonly nodes: ReadonlyMap<string, number>;
  readonly total: number;
}

/**
 * Multiply-accumulates of convolutions, matrix products and recurrent layers. Dimensions that are named or unknown count
 * as 1: with a symbolic batch this is the cost of one example.
 *
 * @example
 * countMacs(model, inferShapes(model)).total; // 385 million for EfficientNet-Lite0 at 224 × 224
 */
export function countMacs(model: Model, shapes: ReadonlyMap<string, TensorType>): MacCount {
  const nodes = new Map<string, number>();
  let total = 0;
  for (const node of model.graph.nodes) {
    const macs = node.domain === '' ? operatorOf(node.op)?.macs : undefined;
    const outputs = node.outputs.map((name) => shapes.get(name) ?? UNKNOWN);
    const count = macs?.(callOf(node, model.opsets, shapes), outputs) ?? 0;
    if (count > 0) nodes.set(node.name, count);
    total += count;
  }
  return { nodes, total };
}
