import { tally } from './confusion.ts';
import { checkPredictions, jointMetric, type Metric, predictedClasses } from './metric.ts';

/**
 * Mean F1 (2·tp / (2·tp + fp + fn)) of the classes that occur among the labels or the predictions, as in scikit-learn.
 */
export const macroF1: Metric = jointMetric({ id: 'macro-f1', direction: 'higher', needs: 'scores' }, (predictions) => {
  checkPredictions(predictions);
  const { classes, scores, labels } = predictions;
  const predicted = predictedClasses(scores, classes);
  return (counts) => {
    const table = tally(labels, predicted, classes, counts).counts;
    let sum = 0;
    let present = 0;
    for (let c = 0; c < classes; c++) {
      // Row and column of class c together hold 2·tp + fp + fn.
      let both = 0;
      for (let other = 0; other < classes; other++) both += table[c * classes + other]! + table[other * classes + c]!;
      if (both === 0) continue;
      sum += (2 * table[c * classes + c]!) / both;
      present++;
    }
    return sum / present;
  };
});
