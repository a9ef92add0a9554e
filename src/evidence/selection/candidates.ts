import { UsageError } from '../../base/index.ts';
import { type ExampleValues, type ScoreTable, scoreTable } from './score-table.ts';

interface CandidateBase {
  readonly id: string;
  /** What running it costs, in any unit that all candidates share (share of the network, operations). */
  readonly cost: number;
}

/** A candidate with its out-of-fold results on the N examples that all candidates share. */
export type Candidate =
  /** [N] 1 where it is right. */
  | (CandidateBase & { readonly correct: Uint8Array })
  /** [N] loss of each example, lower is better. */
  | (CandidateBase & { readonly loss: Float32Array | Float64Array });

/** All candidates in one table in which higher is better. */
export interface Field {
  readonly kind: 'correct' | 'loss';
  readonly values: readonly ExampleValues[];
  readonly table: ScoreTable;
}

/** Losses change their sign, so that every rule can look for the highest mean. */
export function fieldOf(candidates: readonly Candidate[], groups?: ArrayLike<number>): Field {
  const kind = candidates.every((candidate) => 'correct' in candidate) ? 'correct' : 'loss';
  const values = candidates.map((candidate) => {
    if ('correct' in candidate) {
      if (kind === 'correct') return candidate.correct;
      throw new UsageError('Cannot compare candidates of which some give losses and some right or wrong');
    }
    for (const loss of candidate.loss) {
      if (!Number.isFinite(loss))
        throw new UsageError(`Cannot compare: ${candidate.id} has a loss that is not a finite number`);
    }
    return Float64Array.from(candidate.loss, (loss) => -loss);
  });
  return { kind, values, table: scoreTable(values, groups) };
}
