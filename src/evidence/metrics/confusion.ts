import { checkPredictions, type Predictions, predictedClasses } from './metric.ts';

/** How often each true class was given each label. */
export interface Confusion {
  readonly classes: number;
  /** [C × C] row-major: counts[true · C + predicted]. */
  readonly counts: Float64Array;
}

/**
 * The confusion table of predictions, or of a resample of them.
 *
 * @example
 * confusion({ classes: 2, scores: Float32Array.of(0.9, 0.1, 0.4, 0.6), labels: Int32Array.of(0, 0) }).counts; // 1 1 0
 * 0
 */
export function confusion(predictions: Predictions): Confusion {
  checkPredictions(predictions);
  return tally(predictions.labels, predictedClasses(predictions.scores, predictions.classes), predictions.classes);
}

/** The confusion table of labels already decided. */
export function tally(
  labels: Int32Array,
  predicted: Int32Array,
  classes: number,
  counts?: ArrayLike<number>,
): Confusion {
  const table = new Float64Array(classes * classes);
  for (let i = 0; i < labels.length; i++) {
    const cell = labels[i]! * classes + predicted[i]!;
    table[cell] = table[cell]! + (counts === undefined ? 1 : counts[i]!);
  }
  return { classes, counts: table };
}
