import type { GraphIndex } from '../graph-index.ts';
import { isLayer, isNonLinearity } from './op-roles.ts';

/**
 * Whether a tensor comes out of a layer or a sum of layers with no non-linearity in between: a linear bottleneck
 * (MobileNetV2, arXiv 1801.04381 §3.2), a residual sum, logits.
 *
 * `depends` tells the tensors that carry the main input's values. A product of two of them (a gate, GELU's x·Φ(x)) counts as a
 * non-linearity; poolings, normalisations, views and products with constants are looked through.
 */
export function isLinear(index: GraphIndex, depends: ReadonlySet<string>, tensor: string): boolean {
  const seen = new Map<string, boolean>();
  const visit = (name: string): boolean => {
    const known = seen.get(name);
    if (known !== undefined) return known;
    const node = index.producer(name);
    if (node === undefined) return true;
    if (isNonLinearity(node)) return false;
    if (isLayer(node)) return true;
    const carriers = node.inputs.filter((input) => depends.has(input));
    if (carriers.length > 1 && (node.op === 'Mul' || node.op === 'Div')) return false;
    if (carriers.length > 1 && (node.op === 'Add' || node.op === 'Sum' || node.op === 'Sub')) return true;
    const answer = carriers.some(visit);
    seen.set(name, answer);
    return answer;
  };
  return visit(tensor);
}
