import { BudgetError, UsageError } from '../base/index.ts';
import { requireTable } from './checks.ts';
import { breathe, mayContinue } from './guard.ts';
import { NeighbourHead, type Vote, writeScores } from './knn-head.ts';
import type { CodesMethod, Params, TableMeta } from './method.ts';
import { nearest, selectReferences } from './neighbours.ts';
import { Products } from './products.ts';

const NEIGHBOURS = [1, 5, 20];

/** Rows between two looks at the clock. */
const ROWS_BETWEEN_BREATHS = 256;

/**
 * Nearest neighbours by the cosine of raw codes: 1, 5 and 20 of them, each vote alike or the near ones counting more. It
 * trains nothing. On 42,000 runs no measure of transferability ordered networks better than its accuracy (arXiv 2503.18528).
 *
 * Scores are log shares of votes, smoothed by one neighbour that votes for all classes alike; the weight of a row is what its
 * vote counts, and a row of weight 0 never votes. Beyond 8 million floats the neighbours are sought in a random share of each
 * class (`selectReferences`), drawn with the context's seed.
 */
export const knn: CodesMethod = {
  id: 'knn',
  tasks: ['classification'],
  needs: 'codes',
  space: (meta) => votesOf(meta).map(paramsOf),
  cost({ rows, cols }) {
    // A product at 60 GFLOP/s, and 2.5 ns to look at a similarity, both measured on 2 threads.
    const stored = Math.min(rows, (8 * 1024 * 1024) / cols);
    return 0.1 + rows * stored * ((2 * cols) / 6e10 + 2.5e-9);
  },
  async crossFit(table, folds, context) {
    requireTable(table, folds);
    const { rows, cols } = table.codes;
    const { classes } = table;
    const votes = votesOf({ rows, cols, classes, folds: folds.count });
    const results = votes.map((vote) => ({ params: paramsOf(vote), scores: new Float32Array(rows * classes) }));
    const products = new Products();
    try {
      const references = selectReferences(table, context.seed);
      const foldOfReference = references.rows.map((row) => folds.fold[row]!);
      const most = Math.max(...votes.map(({ k }) => k));
      const allowed = (row: number, reference: number): boolean => foldOfReference[reference] !== folds.fold[row];
      let row = 0;
      for await (const near of nearest(table.codes, references, most, products, allowed)) {
        if (row % ROWS_BETWEEN_BREATHS === 0) {
          if (!(await breathe(context))) return [];
          context.report({ step: 'Nearest neighbours', done: row, total: rows, unit: 'rows' });
        }
        for (const [v, vote] of votes.entries()) writeScores(near, vote, references, results[v]!.scores, row * classes);
        row++;
      }
      context.report({ step: 'Nearest neighbours', done: rows, total: rows, unit: 'rows' });
      return results;
    } finally {
      await products.release();
    }
  },
  async fit(table, params, context) {
    requireTable(table);
    const vote = voteOf(params);
    if (!mayContinue(context)) {
      throw new BudgetError('The budget ended before a head could be fitted', { fix: 'Give it more time' });
    }
    return new NeighbourHead(params, vote, selectReferences(table, context.seed));
  },
};

/** No more neighbours than a fold's training rows; alone, a neighbour's nearness changes nothing. */
function votesOf({ rows, folds }: TableMeta): readonly Vote[] {
  const training = Math.max(1, rows - Math.ceil(rows / Math.max(folds, 2)));
  const counts = new Set(NEIGHBOURS.map((k) => Math.min(k, training)));
  return [...counts].flatMap((k) => (k === 1 ? [false] : [false, true]).map((weighted) => ({ k, weighted })));
}

function paramsOf({ k, weighted }: Vote): Params {
  return { k, weighted };
}

function voteOf({ k, weighted }: Params): Vote {
  if (typeof k !== 'number' || !Number.isInteger(k) || k < 1) {
    throw new UsageError(`Cannot fit nearest neighbours: k is ${JSON.stringify(k)}, it must be 1 or more`);
  }
  if (typeof weighted !== 'boolean') {
    throw new UsageError(`Cannot fit nearest neighbours: weighted is ${JSON.stringify(weighted)}, not true or false`);
  }
  return { k, weighted };
}
