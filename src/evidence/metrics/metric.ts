import { InputError } from '../../base/index.ts';

/** What a classifier says of labelled examples. */
export interface Predictions {
  /** Number of classes C; two or more. */
  readonly classes: number;
  /** [N × C] row-major: probabilities, or scores of any scale for the metrics that need only their order. */
  readonly scores: Float32Array;
  /** [N] the true classes, 0 … C−1. */
  readonly labels: Int32Array;
}

/** The metric of a resample: `counts[i]` says how often example i is in it. Without counts: each example once. */
export type Resampled = (counts?: ArrayLike<number>) => number;

/**
 * A number that says how good predictions are. `prepare` does once what all resamples share (ranks, sorted orders), so
 * that a bootstrap of a thousand resamples copies nothing and sorts nothing.
 */
export interface Metric {
  readonly id: string;
  /** Which way is better. */
  readonly direction: 'higher' | 'lower';
  /** Probabilities that sum to one, or scores of which only the order within a row or column counts. */
  readonly needs: 'scores' | 'probabilities';
  /** True where the metric is a share of examples: its interval is Wilson's. */
  readonly proportion: boolean;
  prepare(predictions: Predictions): Resampled;
  of(predictions: Predictions): number;
  /** [N] values whose mean is the metric, where there are such: what paired comparisons work on. */
  perExample?(predictions: Predictions): Float64Array;
}

/** A metric that is the mean of one value an example. */
export function meanMetric(
  description: Pick<Metric, 'id' | 'direction' | 'needs' | 'proportion'>,
  perExample: (predictions: Predictions) => Float64Array,
): Metric {
  const prepare = (predictions: Predictions): Resampled => {
    const values = perExample(predictions);
    return (counts) => {
      let sum = 0;
      let total = 0;
      for (let i = 0; i < values.length; i++) {
        const count = counts === undefined ? 1 : counts[i]!;
        sum += count * values[i]!;
        total += count;
      }
      return sum / total;
    };
  };
  return { ...description, perExample, prepare, of: (predictions) => prepare(predictions)() };
}

/** A metric of all examples together. */
export function jointMetric(
  description: Pick<Metric, 'id' | 'direction' | 'needs'>,
  prepare: (predictions: Predictions) => Resampled,
): Metric {
  return { ...description, proportion: false, prepare, of: (predictions) => prepare(predictions)() };
}

/** Number of examples, once the arrays fit together. Throws an InputError where they do not. */
export function checkPredictions({ classes, scores, labels }: Predictions): number {
  const rows = labels.length;
  if (!(Number.isInteger(classes) && classes >= 2)) {
    throw new InputError(`Cannot score predictions of ${classes} classes: at least two are needed`);
  }
  if (rows === 0)
    throw new InputError('Cannot score predictions: there are none', { fix: 'Give at least one example' });
  if (scores.length !== rows * classes) {
    throw new InputError(
      `Cannot score ${rows} predictions of ${classes} classes: they need ${rows * classes} scores, got ${scores.length}`,
    );
  }
  for (let i = 0; i < rows; i++) {
    const label = labels[i]!;
    if (!(label >= 0 && label < classes)) {
      throw new InputError(`Cannot score predictions: label ${label} of example ${i} is not in 0 … ${classes - 1}`);
    }
  }
  for (let i = 0; i < scores.length; i++) {
    if (Number.isNaN(scores[i]!)) {
      throw new InputError(
        `Cannot score predictions: example ${Math.floor(i / classes)} has a score that is not a number`,
      );
    }
  }
  return rows;
}

/** [N] the class with the highest score in each row; the first of equals, as in NumPy. */
export function predictedClasses(scores: Float32Array, classes: number): Int32Array {
  const rows = scores.length / classes;
  const predicted = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (scores[i * classes + c]! > scores[i * classes + best]!) best = c;
    }
    predicted[i] = best;
  }
  return predicted;
}
