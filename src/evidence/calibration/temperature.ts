import { checkPredictions, type Predictions } from '../metrics/metric.ts';

/** A temperature and what it does to the negative log-likelihood of the examples it was fitted on. */
export interface Temperature {
  readonly temperature: number;
  /** Nats an example at this temperature. */
  readonly logLoss: number;
  /** Nats an example at temperature 1. */
  readonly logLossBefore: number;
}

/** The temperature stays between these; margins of ridge (about 1) and of an SVM need far less than that. */
const COLDEST = 1e-3;
const HOTTEST = 1e3;

/**
 * The temperature T that makes softmax(logits / T) most likely (Guo et al., On Calibration of Modern Neural Networks,
 * 2017), for out-of-fold logits. The loss is convex in 1/T: Newton's method, kept inside a bracket by bisection.
 *
 * Where every example is right by a margin the likelihood has no maximum: certainty would grow for ever. There the mean
 * confidence is held at (N + 1) / (N + 2), Laplace's rule of succession, which is all that N right answers support.
 *
 * @example
 * fitTemperature({ classes: 2, scores: outOfFoldLogits, labels }).temperature; // 0.41
 */
export function fitTemperature(predictions: Predictions): Temperature {
  const rows = checkPredictions(predictions);
  const logLossBefore = evaluate(predictions, 1).loss;
  const inverse = minimise(predictions, separable(predictions) ? coldestHonest(predictions, rows) : 1 / COLDEST);
  return { temperature: 1 / inverse, logLoss: evaluate(predictions, inverse).loss, logLossBefore };
}

interface Evaluation {
  /** Mean negative log-likelihood, its first and second derivative in 1/T. */
  readonly loss: number;
  readonly slope: number;
  readonly curvature: number;
  /** Mean probability of the predicted class. */
  readonly confidence: number;
}

function evaluate({ classes, scores, labels }: Predictions, inverse: number): Evaluation {
  const rows = labels.length;
  let loss = 0;
  let slope = 0;
  let curvature = 0;
  let confidence = 0;
  for (let i = 0; i < rows; i++) {
    const start = i * classes;
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) largest = Math.max(largest, scores[start + c]!);
    let sum = 0;
    let first = 0;
    let second = 0;
    for (let c = 0; c < classes; c++) {
      const below = scores[start + c]! - largest;
      const weight = Math.exp(below * inverse);
      sum += weight;
      // exp(−∞) is 0, and 0 · ∞ must not spoil the sums.
      if (weight === 0) continue;
      first += weight * below;
      second += weight * below * below;
    }
    const own = scores[start + labels[i]!]! - largest;
    const mean = first / sum;
    loss += Math.log(sum) - inverse * own;
    slope += mean - own;
    curvature += second / sum - mean * mean;
    confidence += 1 / sum;
  }
  return { loss: loss / rows, slope: slope / rows, curvature: curvature / rows, confidence: confidence / rows };
}

/** Is every true class alone at the top (or tied with it), so that the loss only falls as T goes to 0? */
function separable({ classes, scores, labels }: Predictions): boolean {
  for (let i = 0; i < labels.length; i++) {
    const own = scores[i * classes + labels[i]!]!;
    for (let c = 0; c < classes; c++) if (scores[i * classes + c]! > own) return false;
  }
  return true;
}

/**
 * The largest 1/T whose mean confidence the number of examples supports, but not below 1: right answers are never
 * softened.
 */
function coldestHonest(predictions: Predictions, rows: number): number {
  const supported = (rows + 1) / (rows + 2);
  let low = 1 / HOTTEST;
  let high = 1 / COLDEST;
  if (evaluate(predictions, high).confidence <= supported) return high;
  for (let step = 0; step < 60; step++) {
    const middle = Math.sqrt(low * high);
    if (evaluate(predictions, middle).confidence < supported) low = middle;
    else high = middle;
  }
  return Math.max(1, low);
}

function minimise(predictions: Predictions, largest: number): number {
  let low = 1 / HOTTEST;
  let high = largest;
  if (evaluate(predictions, high).slope <= 0) return high;
  if (evaluate(predictions, low).slope >= 0) return low;
  let inverse = Math.min(high, Math.max(low, 1));
  for (let step = 0; step < 200; step++) {
    const { slope, curvature } = evaluate(predictions, inverse);
    if (slope < 0) low = inverse;
    else high = inverse;
    if (slope === 0 || high - low <= 1e-12 * high) break;
    const newton = inverse - slope / curvature;
    // Newton's step where it stays in the bracket; else the middle, in logarithms since the bracket spans many decades.
    const next = newton > low && newton < high ? newton : Math.sqrt(low * high);
    if (Math.abs(next - inverse) <= 1e-13 * inverse) break;
    inverse = next;
  }
  return inverse;
}
