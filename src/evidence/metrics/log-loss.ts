import { checkPredictions, type Metric, meanMetric } from './metric.ts';

/**
 * Probabilities are held away from zero by float32's machine epsilon, as scikit-learn does: a hopeless example costs
 * 15.9 nats, not infinity.
 */
const SMALLEST = 2 ** -23;

/** Mean negative log probability of the true class, in nats. */
export const logLoss: Metric = meanMetric(
  { id: 'log-loss', direction: 'lower', needs: 'probabilities', proportion: false },
  (predictions) => {
    checkPredictions(predictions);
    const { classes, scores, labels } = predictions;
    return Float64Array.from(labels, (label, i) => {
      const probability = scores[i * classes + label]!;
      return -Math.log(Math.min(1, Math.max(SMALLEST, probability)));
    });
  },
);
