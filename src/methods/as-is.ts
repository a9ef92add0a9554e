import { float32, int64, type RowBlocks, UsageError } from '../base/index.ts';
import type { GraphBuilder } from '../onnx/index.ts';
import { requireTable } from './checks.ts';
import type { CodesMethod, FittedHead, Params } from './method.ts';

/** Added where a class has fewer source classes than another: its exponential is 0 in float32. */
const NOTHING = -1e30;

/**
 * The network's own classifier, where the user's classes are among those it was trained on (`matchLabels`): nothing is
 * trained. The codes are the source logits [N, source classes]; a class scores log Σ exp of the logits that mean it, so that
 * the scores of two classes compare as the network's probabilities do. Weights change nothing.
 *
 * @param matches for each class the source classes that mean it
 * @throws UsageError where a class has no match
 * @example
 * const matches = matchLabels(dataset.classes, await sourceLabels(card.labels));
 * if (matches !== undefined) methods.push(asIs(matches));
 */
export function asIs(matches: readonly (readonly number[])[]): CodesMethod {
  const empty = matches.findIndex((match) => match.length === 0);
  if (empty >= 0) throw new UsageError(`Cannot use a network as it is: class ${empty} has no source class`);
  const params: Params = {};
  return {
    id: 'as-is',
    tasks: ['classification'],
    needs: 'codes',
    space: () => [params],
    cost: ({ rows, cols }) => 0.01 + rows * cols * 1e-9,
    async crossFit(table, folds) {
      requireTable(table, folds);
      requireFit(matches, table.classes, table.codes.cols);
      return [{ params, scores: sourceScores(table.codes, matches) }];
    },
    async fit(table) {
      requireTable(table);
      requireFit(matches, table.classes, table.codes.cols);
      return new SourceHead(matches);
    },
  };
}

function requireFit(matches: readonly (readonly number[])[], classes: number, cols: number): void {
  if (matches.length !== classes) {
    throw new UsageError(
      `Cannot use a network as it is: ${matches.length} classes are matched, the table has ${classes}`,
    );
  }
  const outside = matches.flat().find((index) => !(Number.isInteger(index) && index >= 0 && index < cols));
  if (outside !== undefined) {
    throw new UsageError(`Cannot use a network as it is: there is no logit ${outside}, codes have ${cols} columns`);
  }
}

class SourceHead implements FittedHead {
  readonly params: Params = {};
  readonly #matches: readonly (readonly number[])[];

  constructor(matches: readonly (readonly number[])[]) {
    this.#matches = matches;
  }

  async predict(codes: RowBlocks): Promise<Float32Array> {
    return sourceScores(codes, this.#matches);
  }

  /** Gathers [N, classes, most matches of a class], masks what is only filling, and takes log Σ exp of the last axis. */
  toGraph(builder: GraphBuilder, codes: string): string {
    const matches = this.#matches;
    const most = Math.max(...matches.map((match) => match.length));
    const filled = matches.flatMap((match) => Array.from({ length: most }, (_, i) => match[i] ?? match[0]!));
    const indices = builder.constant(int64([matches.length, most], filled), 'head.source_classes');
    let gathered = builder.node('Gather', [codes, indices], { axis: 1 }, { name: 'head/source_logits' });
    if (matches.some((match) => match.length < most)) {
      const mask = matches.flatMap((match) => Array.from({ length: most }, (_, i) => (i < match.length ? 0 : NOTHING)));
      const constant = builder.constant(float32([matches.length, most], mask), 'head.mask');
      gathered = builder.node('Add', [gathered, constant], {}, { name: 'head/masked' });
    }
    const axis = builder.constant(int64([1], [2]), 'head.axis');
    return builder.node('ReduceLogSumExp', [gathered, axis], { keepdims: 0 }, { name: 'head' });
  }
}

function sourceScores(codes: RowBlocks, matches: readonly (readonly number[])[]): Float32Array {
  const scores = new Float32Array(codes.rows * matches.length);
  let at = 0;
  for (const { rows, cols, data } of codes.blocks()) {
    for (let i = 0; i < rows; i++) {
      for (const match of matches) scores[at++] = logSumExp(data, i * cols, match);
    }
  }
  return scores;
}

function logSumExp(data: Float32Array, at: number, indices: readonly number[]): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (const index of indices) highest = Math.max(highest, data[at + index]!);
  let sum = 0;
  for (const index of indices) sum += Math.exp(data[at + index]! - highest);
  return highest + Math.log(sum);
}
