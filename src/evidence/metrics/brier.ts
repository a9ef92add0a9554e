import { checkPredictions, type Metric, meanMetric } from './metric.ts';

/**
 * Brier's score as he defined it (1950): the squared errors of all class probabilities, summed: 0 is perfect, 2 the
 * worst.
 */
export const brier: Metric = meanMetric(
  { id: 'brier', direction: 'lower', needs: 'probabilities', proportion: false },
  (predictions) => {
    checkPredictions(predictions);
    const { classes, scores, labels } = predictions;
    return Float64Array.from(labels, (label, i) => {
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += (scores[i * classes + c]! - (c === label ? 1 : 0)) ** 2;
      return sum;
    });
  },
);
