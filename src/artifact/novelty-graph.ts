import { float32, int64 } from '../base/index.ts';
import type { Novelty } from '../evidence/index.ts';
import type { GraphBuilder } from '../onnx/index.ts';

/** Far below the length of any code that says something: it keeps a code of zeros from dividing by zero. */
const TINY = 1e-30;

/**
 * Adds the novelty of codes [N, D] to a graph: 1 − max_k ⟨u, prototype_k⟩ with v = codes ∘ scale, u = v / ‖v‖, so 1 for a code of zeros.
 * Returns the tensor [N].
 */
export function addNovelty(builder: GraphBuilder, codes: string, novelty: Novelty, output: string): string {
  const { cols, scale, prototypes } = novelty;
  const count = prototypes.length / cols;
  const constant = (dims: readonly number[], data: Float32Array | readonly number[], what: string): string =>
    builder.constant(float32(dims, data), `novelty/${what}`);
  const scaled = builder.node('Mul', [codes, constant([cols], scale, 'scale')], {}, { name: 'novelty/scaled' });
  const axes = builder.constant(int64([1], [1]), 'novelty/axis');
  const length = builder.node('ReduceL2', [scaled, axes], { keepdims: 0 }, { name: 'novelty/length' });
  const turned = constant([cols, count], transpose(prototypes, count, cols), 'prototypes');
  const products = builder.node('MatMul', [scaled, turned], {}, { name: 'novelty/products' });
  const largest = builder.node('ReduceMax', [products, axes], { keepdims: 0 }, { name: 'novelty/largest' });
  const divisor = builder.node('Max', [length, constant([1], [TINY], 'tiny')], {}, { name: 'novelty/divisor' });
  const cosine = builder.node('Div', [largest, divisor], {}, { name: 'novelty/cosine' });
  return builder.node('Sub', [constant([1], [1], 'one'), cosine], {}, { name: output, outputs: [output] });
}

/** Zeros [N] for a model that cannot tell. */
export function addNoNovelty(builder: GraphBuilder, codes: string, output: string): string {
  const batch = builder.node('Shape', [codes], { start: 0, end: 1 }, { name: 'novelty/batch' });
  return builder.node('ConstantOfShape', [batch], { value: float32([1], [0]) }, { name: output, outputs: [output] });
}

function transpose(data: Float32Array, rows: number, cols: number): Float32Array {
  const turned = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) turned[c * rows + r] = data[r * cols + c]!;
  return turned;
}
