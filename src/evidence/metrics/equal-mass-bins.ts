import { checkPredictions, type Predictions, predictedClasses } from './metric.ts';

/** Examples in the order of their confidence (probability of the predicted class), lowest first. */
export interface ByConfidence {
  /** [N] examples, lowest confidence first. */
  readonly order: Uint32Array;
  /** [N] probability of the predicted class. */
  readonly confidence: Float64Array;
  /** [N] 1 where the predicted class is the true one. */
  readonly correct: Uint8Array;
}

/** Bins of about equal mass: sums over the examples of each bin. Bins may be empty where many examples tie. */
export interface BinSums {
  readonly total: Float64Array;
  readonly confidence: Float64Array;
  readonly correct: Float64Array;
}

export function byConfidence(predictions: Predictions): ByConfidence {
  checkPredictions(predictions);
  const { classes, scores, labels } = predictions;
  const predicted = predictedClasses(scores, classes);
  const confidence = Float64Array.from(predicted, (label, i) => scores[i * classes + label]!);
  const correct = Uint8Array.from(predicted, (label, i) => (label === labels[i] ? 1 : 0));
  const order = Uint32Array.from(labels, (_, i) => i).sort((a, b) => confidence[a]! - confidence[b]!);
  return { order, confidence, correct };
}

/**
 * Sums over `bins` bins of equal mass. Examples of equal confidence share the bin of their middle rank, so that the
 * result does not depend on the order of the rows.
 */
export function binSums(
  { order, confidence, correct }: ByConfidence,
  bins: number,
  counts?: ArrayLike<number>,
): BinSums {
  let mass = 0;
  if (counts === undefined) mass = order.length;
  else for (let i = 0; i < order.length; i++) mass += counts[i]!;
  const sums = { total: new Float64Array(bins), confidence: new Float64Array(bins), correct: new Float64Array(bins) };
  let before = 0;
  for (let start = 0; start < order.length; ) {
    const value = confidence[order[start]!]!;
    let tied = 0;
    let right = 0;
    let end = start;
    for (; end < order.length && confidence[order[end]!] === value; end++) {
      const i = order[end]!;
      const count = counts === undefined ? 1 : counts[i]!;
      tied += count;
      right += count * correct[i]!;
    }
    start = end;
    if (tied === 0) continue;
    const bin = Math.min(bins - 1, Math.floor((bins * (before + tied / 2)) / mass));
    sums.total[bin] = sums.total[bin]! + tied;
    sums.confidence[bin] = sums.confidence[bin]! + tied * value;
    sums.correct[bin] = sums.correct[bin]! + right;
    before += tied;
  }
  return sums;
}
