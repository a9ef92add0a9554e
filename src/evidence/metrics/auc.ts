import { InputError } from '../../base/index.ts';
import { checkPredictions, jointMetric, type Metric } from './metric.ts';

/**
 * Area under the ROC curve of a two-class problem: the chance that an example of class 1 gets a higher score for class
 * 1 than one of class 0, equal scores counting one half. NaN where a class is absent.
 */
export const auc: Metric = jointMetric({ id: 'auc', direction: 'higher', needs: 'scores' }, (predictions) => {
  checkPredictions(predictions);
  const { classes, scores, labels } = predictions;
  if (classes !== 2) throw new InputError(`Cannot measure the AUC of ${classes} classes: it is defined for two`);
  // With two columns the order is that of their difference, be they probabilities, logits or margins.
  const margins = Float64Array.from(labels, (_, i) => scores[2 * i + 1]! - scores[2 * i]!);
  return rankedArea(margins, labels);
});

/**
 * Area under the ROC curve of any score: the chance that a positive (1) stands above a negative (0), ties one half.
 *
 * @example
 * areaUnderRoc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]); // 0.75
 */
export function areaUnderRoc(scores: ArrayLike<number>, positive: ArrayLike<number>): number {
  return rankedArea(Float64Array.from(scores), positive)();
}

function rankedArea(scores: Float64Array, positive: ArrayLike<number>): (counts?: ArrayLike<number>) => number {
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  return (counts) => {
    let negatives = 0;
    let positives = 0;
    let wins = 0;
    for (let start = 0; start < order.length; ) {
      let tiedNegatives = 0;
      let tiedPositives = 0;
      const value = scores[order[start]!]!;
      let end = start;
      for (; end < order.length && scores[order[end]!] === value; end++) {
        const i = order[end]!;
        const count = counts === undefined ? 1 : counts[i]!;
        if (positive[i] === 1) tiedPositives += count;
        else tiedNegatives += count;
      }
      wins += tiedPositives * (negatives + tiedNegatives / 2);
      negatives += tiedNegatives;
      positives += tiedPositives;
      start = end;
    }
    return wins / (negatives * positives);
  };
}
