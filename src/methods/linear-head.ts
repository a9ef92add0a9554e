import { float32, type RowBlocks } from '../base/index.ts';
import type { GraphBuilder } from '../onnx/index.ts';
import type { FittedHead, Params } from './method.ts';
import { Products } from './products.ts';
import { chunked, type Moments } from './standardise.ts';

/** Logits = codes · Wᵀ + b, for raw codes. */
export class LinearHead implements FittedHead {
  readonly params: Params;
  /** [classes × D]. */
  readonly weights: Float32Array;
  readonly intercepts: Float32Array;
  readonly #cols: number;

  constructor(params: Params, weights: Float32Array, intercepts: Float32Array) {
    this.params = params;
    this.weights = weights;
    this.intercepts = intercepts;
    this.#cols = weights.length / intercepts.length;
  }

  /**
   * From coefficients on standardised codes, [classes × (D + 1)] with the intercept last: the standardisation moves into
   * the weights, w/σ and b − Σ w·mean/σ, in float64.
   */
  static fromStandardised(params: Params, coefficients: Float64Array, moments: Moments): LinearHead {
    const { mean, deviation } = moments;
    const cols = mean.length;
    const stride = cols + 1;
    const classes = coefficients.length / stride;
    const weights = new Float32Array(classes * cols);
    const intercepts = new Float32Array(classes);
    for (let c = 0; c < classes; c++) {
      let intercept = coefficients[c * stride + cols]!;
      for (let j = 0; j < cols; j++) {
        if (deviation[j] === 0) continue;
        const weight = coefficients[c * stride + j]! / deviation[j]!;
        weights[c * cols + j] = weight;
        intercept -= weight * mean[j]!;
      }
      intercepts[c] = intercept;
    }
    return new LinearHead(params, weights, intercepts);
  }

  async predict(codes: RowBlocks): Promise<Float32Array> {
    const products = new Products();
    try {
      return await linearScores(codes, this.weights, this.intercepts, products);
    } finally {
      await products.release();
    }
  }

  toGraph(builder: GraphBuilder, codes: string): string {
    const weights = builder.constant(float32([this.intercepts.length, this.#cols], this.weights), 'head.weight');
    const intercepts = builder.constant(float32([this.intercepts.length], this.intercepts), 'head.bias');
    return builder.node('Gemm', [codes, weights, intercepts], { transB: 1 }, { name: 'head' });
  }
}

/** X · Wᵀ + b over all blocks, [rows × outputs]. */
export async function linearScores(
  codes: RowBlocks,
  weights: Float32Array,
  intercepts: Float32Array,
  products: Products,
): Promise<Float32Array> {
  const outputs = intercepts.length;
  const scores = new Float32Array(codes.rows * outputs);
  let first = 0;
  for (const block of chunked(codes).blocks()) {
    const shape = { rows: block.rows, inner: block.cols, cols: outputs };
    const part = await products.float32(block.data, weights, shape, { b: true });
    for (let i = 0; i < part.length; i++) scores[first + i] = part[i]! + intercepts[i % outputs]!;
    first += part.length;
  }
  return scores;
}
