import { checkPredictions, type Metric, meanMetric, type Predictions, predictedClasses } from './metric.ts';

/**
 * Share of examples whose highest score is at the true class.
 *
 * @example
 * accuracy.of({ classes: 2, scores: Float32Array.of(0.9, 0.1, 0.4, 0.6), labels: Int32Array.of(0, 0) }); // 0.5
 */
export const accuracy: Metric = meanMetric(
  { id: 'accuracy', direction: 'higher', needs: 'scores', proportion: true },
  (predictions) => Float64Array.from(correctness(predictions)),
);

/** [N] 1 where the highest score is at the true class, else 0. */
export function correctness(predictions: Predictions): Uint8Array {
  checkPredictions(predictions);
  const predicted = predictedClasses(predictions.scores, predictions.classes);
  return Uint8Array.from(predicted, (label, i) => (label === predictions.labels[i] ? 1 : 0));
}
