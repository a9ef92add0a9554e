import {
  dtypeCode,
  type Initializer,
  initializerOf,
  intAttribute,
  lookup,
  type Model,
  type Node,
  tensorOf,
} from '../../onnx/index.ts';
import { floatsOfHalves } from '../half.ts';
import { applyPatch } from '../patch.ts';
import type { Pass } from '../rewriter.ts';
import { eliminateDeadCode } from './eliminate-dead-code.ts';

/**
 * Weights stored as float16 become float32 initializers, so that passes and the runtime see constants. Exact: float32 holds every
 * float16.
 *
 *     W (float16) ─ Cast ─┐                    W (float32) ─┐
 *                     x ─ Conv ─ y     →               x ─ Conv ─ y
 */
export function widenFloat16Weights(model: Model): Model {
  const remove: Node[] = [];
  const initializers: Record<string, Initializer> = {};
  for (const node of model.graph.nodes) {
    const stored = lookup(model.graph.initializers, node.inputs[0] ?? '');
    if (node.op !== 'Cast' || node.domain !== '' || stored?.dtype !== 'float16') continue;
    if (intAttribute(node, 'to', 0) !== dtypeCode('float32')) continue;
    const { data } = tensorOf(stored);
    if (!(data instanceof Uint16Array)) continue;
    initializers[node.outputs[0]!] = initializerOf({ dtype: 'float32', dims: stored.dims, data: floatsOfHalves(data) });
    remove.push(node);
  }
  if (remove.length === 0) return model;
  return eliminateDeadCode(applyPatch(model, { label: 'widen float16 weights', remove, initializers }));
}

export const widenFloat16WeightsPass: Pass = { name: 'widen float16 weights', run: widenFloat16Weights };
