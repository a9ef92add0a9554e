import { UsageError } from '../../base/index.ts';
import { checkPredictions, type Metric, meanMetric } from './metric.ts';

/**
 * Share of examples whose true class is among the k highest scores. Equal scores count as in NumPy's stable order: of
 * two equal scores the class with the lower index ranks first.
 */
export function topKAccuracy(k: number): Metric {
  if (!(Number.isInteger(k) && k >= 1)) throw new UsageError(`Cannot measure top-${k} accuracy: k must be 1 or more`);
  return meanMetric(
    { id: `top-${k}-accuracy`, direction: 'higher', needs: 'scores', proportion: true },
    (predictions) => {
      checkPredictions(predictions);
      const { classes, scores, labels } = predictions;
      return Float64Array.from(labels, (label, i) => {
        const own = scores[i * classes + label]!;
        let before = 0;
        for (let c = 0; c < classes; c++) {
          const score = scores[i * classes + c]!;
          if (score > own || (score === own && c < label)) before++;
        }
        return before < k ? 1 : 0;
      });
    },
  );
}
