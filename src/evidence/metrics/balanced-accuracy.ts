import { tally } from './confusion.ts';
import { checkPredictions, jointMetric, type Metric, predictedClasses } from './metric.ts';

/** Mean recall of the classes that occur among the examples, each class weighing the same. */
export const balancedAccuracy: Metric = jointMetric(
  { id: 'balanced-accuracy', direction: 'higher', needs: 'scores' },
  (predictions) => {
    checkPredictions(predictions);
    const { classes, scores, labels } = predictions;
    const predicted = predictedClasses(scores, classes);
    return (counts) => {
      const table = tally(labels, predicted, classes, counts).counts;
      let sum = 0;
      let present = 0;
      for (let c = 0; c < classes; c++) {
        let total = 0;
        for (let p = 0; p < classes; p++) total += table[c * classes + p]!;
        if (total === 0) continue;
        sum += table[c * classes + c]! / total;
        present++;
      }
      return sum / present;
    };
  },
);
