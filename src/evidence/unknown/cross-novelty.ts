import { InputError, type RowBlocks } from '../../base/index.ts';
import { fitNovelty, type NoveltyOptions } from './fit-novelty.ts';
import { scoreBlock } from './novelty.ts';

/**
 * Out-of-fold novelty [N]: each row scored by what was learnt from the other folds, as a new image of the same kind
 * would be. NaN where the row's class has no example outside its fold: nothing could have known it.
 *
 * @param folds fold[i] in 0 … count−1 is where row i is held out
 */
export function crossNovelty(
  codes: RowBlocks,
  labels: Int32Array,
  folds: { readonly count: number; readonly fold: Int32Array },
  options: NoveltyOptions = {},
): Float32Array {
  if (folds.fold.length !== codes.rows) {
    throw new InputError(`Cannot measure novelty out of fold: ${codes.rows} rows of codes, ${folds.fold.length} folds`);
  }
  const scores = new Float32Array(codes.rows).fill(Number.NaN);
  for (let f = 0; f < folds.count; f++) {
    const train = labels.map((label, i) => (folds.fold[i] === f ? -1 : label));
    if (train.every((label) => label < 0)) continue;
    const novelty = fitNovelty(codes, train, options);
    const known = new Set(novelty.classOf);
    let row = 0;
    for (const block of codes.blocks()) {
      scoreBlock(novelty, block, scores, row, (i) => folds.fold[i] === f && known.has(labels[i]!));
      row += block.rows;
    }
  }
  return scores;
}
