import { UsageError } from '../base/index.ts';

/** What a model says of a batch of images. */
export interface Outputs {
  /** [N × classes], calibrated, each row sums to 1. */
  readonly probabilities: Float32Array;
  /** [N × total channels of the taps]. */
  readonly codes: Float32Array;
  /** [N]; larger is stranger. All 0 where the model cannot tell. */
  readonly novelty: Float32Array;
}

/** One image's prediction, as `graft predict --json` prints it. */
export interface Prediction {
  readonly file: string;
  /** The most probable class, also where the image is unknown. */
  readonly label: string;
  readonly probability: number;
  /** True where the image is unlike all training images: the label then means little. */
  readonly unknown: boolean;
  /** The most probable classes, best first. */
  readonly top: readonly { readonly label: string; readonly probability: number }[];
}

export interface PredictionOptions {
  /** How many classes `top` lists; default 1. More than there are lists them all. */
  readonly top?: number;
}

/** The part of a model's metadata that names its outputs. */
export interface Legend {
  readonly labels: readonly string[];
  readonly unknown: { readonly threshold: number } | null;
}

/**
 * Words for a model's numbers, one prediction a file, in order. Classes of equal probability stand in the order of `labels`.
 *
 * @example
 * const predictions = toPredictions(['a.jpg'], await artifact.predict(images), artifact.metadata, { top: 3 });
 */
export function toPredictions(
  files: readonly string[],
  outputs: Pick<Outputs, 'probabilities' | 'novelty'>,
  legend: Legend,
  options: PredictionOptions = {},
): readonly Prediction[] {
  const { labels, unknown } = legend;
  const count = options.top ?? 1;
  if (!Number.isInteger(count) || count < 1)
    throw new UsageError(`Cannot list the top ${count} classes`, { fix: 'Pass 1 or more' });
  return files.map((file, row) => {
    const probabilities = outputs.probabilities.subarray(row * labels.length, (row + 1) * labels.length);
    const order = Array.from(labels.keys()).sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
    const top = order.slice(0, count).map((place) => ({ label: labels[place]!, probability: probabilities[place]! }));
    const { label, probability } = top[0]!;
    return { file, label, probability, unknown: unknown !== null && outputs.novelty[row]! > unknown.threshold, top };
  });
}
