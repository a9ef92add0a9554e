import { binSums, byConfidence } from './equal-mass-bins.ts';
import { jointMetric, type Metric } from './metric.ts';

/** Nixon et al. 2019 (Measuring Calibration in Deep Learning) recommend equal mass; 15 bins is the field's habit. */
const BINS = 15;

/** Expected calibration error of the predicted class: mean |confidence − accuracy| over 15 bins of equal mass. */
export const expectedCalibrationError: Metric = jointMetric(
  { id: 'ece', direction: 'lower', needs: 'probabilities' },
  (predictions) => {
    const sorted = byConfidence(predictions);
    return (counts) => {
      const sums = binSums(sorted, BINS, counts);
      let error = 0;
      let mass = 0;
      for (let bin = 0; bin < BINS; bin++) {
        error += Math.abs(sums.confidence[bin]! - sums.correct[bin]!);
        mass += sums.total[bin]!;
      }
      return error / mass;
    };
  },
);
