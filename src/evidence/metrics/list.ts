import { accuracy } from './accuracy.ts';
import { auc } from './auc.ts';
import { balancedAccuracy } from './balanced-accuracy.ts';
import { brier } from './brier.ts';
import { expectedCalibrationError } from './expected-calibration-error.ts';
import { logLoss } from './log-loss.ts';
import { macroF1 } from './macro-f1.ts';
import type { Metric } from './metric.ts';
import { topKAccuracy } from './top-k.ts';

/**
 * The metrics of a classifier of so many classes, the first the default. AUC is for two classes, top-5 for more than
 * ten.
 */
export function classificationMetrics(classes: number): readonly Metric[] {
  return [
    accuracy,
    balancedAccuracy,
    macroF1,
    logLoss,
    brier,
    expectedCalibrationError,
    ...(classes === 2 ? [auc] : []),
    ...(classes > 10 ? [topKAccuracy(5)] : []),
  ];
}
