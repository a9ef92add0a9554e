import { float32, int64, type RowBlocks } from '../base/index.ts';
import type { GraphBuilder } from '../onnx/index.ts';
import type { FittedHead, Params } from './method.ts';
import { type Nearest, nearest, type References } from './neighbours.ts';
import { Products } from './products.ts';

/** Of similarity-weighted votes exp(cosine/τ): the value of Wu et al. 2018 (arXiv 1805.01978), §3.4, for image codes. */
const TEMPERATURE = 0.07;

/** Far below the length of any code that says something: it keeps a code of zeros from dividing by zero. */
const TINY = 1e-30;

/** How many neighbours vote, and whether near ones count more. */
export interface Vote {
  readonly k: number;
  readonly weighted: boolean;
}

/**
 * Scores from the votes of the nearest: log((v_c + 1/C) / (Σ v + 1)), as if one more neighbour voted for all C classes alike.
 * A vote counts the row's weight (mean 1), times exp((cosine − largest cosine)/0.07) where near ones count more.
 */
export function writeScores(
  { count, similarities, indices }: Nearest,
  { k, weighted }: Vote,
  { classes, labels, votes }: References,
  scores: Float32Array,
  at: number,
): void {
  const shares = new Float64Array(classes).fill(1 / classes);
  let total = 1;
  for (let i = 0; i < Math.min(k, count); i++) {
    const index = indices[i]!;
    const near = weighted ? Math.exp((similarities[i]! - similarities[0]!) / TEMPERATURE) : 1;
    const vote = votes[index]! * near;
    shares[labels[index]!] = shares[labels[index]!]! + vote;
    total += vote;
  }
  for (let c = 0; c < classes; c++) scores[at + c] = Math.log(shares[c]! / total);
}

/** Stored codes that vote. */
export class NeighbourHead implements FittedHead {
  readonly params: Params;
  readonly #references: References;
  readonly #vote: Vote;

  constructor(params: Params, vote: Vote, references: References) {
    this.params = params;
    this.#references = references;
    this.#vote = { ...vote, k: Math.min(vote.k, references.labels.length) };
  }

  async predict(codes: RowBlocks): Promise<Float32Array> {
    const { classes } = this.#references;
    const scores = new Float32Array(codes.rows * classes);
    const products = new Products();
    try {
      let at = 0;
      for await (const near of nearest(codes, this.#references, this.#vote.k, products)) {
        writeScores(near, this.#vote, this.#references, scores, at);
        at += classes;
      }
      return scores;
    } finally {
      await products.release();
    }
  }

  /**
   * codes [N, D] → similarities [N, stored] → the k largest and their labels, one-hot [N, k, C] → votes [N, C] → log shares.
   */
  toGraph(builder: GraphBuilder, codes: string): string {
    const { classes, cols, labels, votes } = this.#references;
    const stored = labels.length;
    const { k, weighted } = this.#vote;
    const node = (op: string, inputs: readonly string[], attributes = {}, name = 'head'): string =>
      builder.node(op, inputs, attributes, { name });
    const number = (value: number): string => builder.constant(float32([1], [value]), 'head.number');
    const axis = (value: number): string => builder.constant(int64([1], [value]), 'head.axis');

    const length = node('ReduceL2', [codes, axis(1)], { keepdims: 1 }, 'head/length');
    const unit = node('Div', [codes, node('Max', [length, number(TINY)])], {}, 'head/unit');
    const codesOfStored = builder.constant(float32([stored, cols], this.#references.codes), 'head.codes');
    const similarities = node('Gemm', [unit, codesOfStored], { transB: 1 }, 'head/similarities');
    const [values, indices] = builder.nodes('TopK', [similarities, axis(k)], 2, { axis: 1 }, { name: 'head/nearest' });

    const labelTable = builder.constant(int64([stored], [...labels]), 'head.labels');
    const near = node('Gather', [labelTable, indices!], { axis: 0 }, 'head/labels');
    const offOn = builder.constant(float32([2], [0, 1]), 'head.off_on');
    const depth = builder.constant(int64([1], [classes]), 'head.classes');
    let cast = node('OneHot', [near, depth, offOn], { axis: 2 }, 'head/one_hot');
    for (const weights of [
      votes.some((vote) => vote !== 1)
        ? node('Gather', [builder.constant(float32([stored], votes), 'head.votes'), indices!], { axis: 0 })
        : undefined,
      weighted ? this.#nearness(node, number, axis, values!) : undefined,
    ]) {
      if (weights !== undefined) cast = node('Mul', [cast, node('Unsqueeze', [weights, axis(2)])], {}, 'head/votes');
    }
    const sums = node('ReduceSum', [cast, axis(1)], { keepdims: 0 }, 'head/sums');
    const shares = node('Add', [sums, number(1 / classes)], {}, 'head/smoothed');
    const total = node('ReduceSum', [shares, axis(1)], { keepdims: 1 }, 'head/total');
    return node('Log', [node('Div', [shares, total], {}, 'head/shares')]);
  }

  /** exp((cosine − largest cosine)/τ), [N, k]. */
  #nearness(
    node: (op: string, inputs: readonly string[], attributes?: object) => string,
    number: (value: number) => string,
    axis: (value: number) => string,
    values: string,
  ): string {
    const highest = node('ReduceMax', [values, axis(1)], { keepdims: 1 });
    const below = node('Sub', [values, highest]);
    return node('Exp', [node('Div', [below, number(TEMPERATURE)])]);
  }
}
