/** An example that probably has the wrong label. */
export interface Suspect {
  readonly index: number;
  readonly given: number;
  readonly suggested: number;
  /** Out-of-fold probability of the suggested class. */
  readonly confidence: number;
  /** Probability of the given class minus the largest other one, −1 … 0: the more negative, the more surely wrong. */
  readonly margin: number;
}

/** A class's threshold is never below this: a class that the model never sees must not claim everything (as in cleanlab). */
const SMALLEST_THRESHOLD = 2e-6;

/** Float32 probabilities that equal the threshold but for rounding count as reaching it (as in cleanlab). */
const ROUNDING = 1e-6;

/**
 * Likely label errors by confident learning (Northcutt, Jiang and Chuang 2021, JAIR 70): an example counts for class j
 * where its probability of j reaches t_j, the mean probability of j over the examples labelled j; of several such classes
 * for its most probable one. Suspects are the off-diagonal of that joint, except where the model's first choice is the given label,
 * ranked by normalised margin. The same set and order as cleanlab's `filter_by='confident_learning'`.
 *
 * @param probabilities Out-of-fold, [N × classes], row-major. In-sample ones hide the errors that were learnt.
 * @param labels 0 … classes−1; −1 leaves an example out.
 */
export function suspects(probabilities: Float32Array, labels: Int32Array, classes: number): Suspect[] {
  if (probabilities.length !== labels.length * classes) {
    throw new RangeError(`Cannot read ${probabilities.length} probabilities as ${labels.length} × ${classes}`);
  }
  const thresholds = classThresholds(probabilities, labels, classes);
  const found: Suspect[] = [];
  for (let index = 0; index < labels.length; index++) {
    const given = labels[index]!;
    if (given < 0) continue;
    const row = probabilities.subarray(index * classes, (index + 1) * classes);
    const suggested = confidentClass(row, thresholds);
    const first = argmax(row);
    if (suggested < 0 || suggested === given || row[given]! + ROUNDING >= row[first]!) continue;
    found.push({ index, given, suggested, confidence: row[suggested]!, margin: row[given]! - row[first]! });
  }
  return found.sort((a, b) => a.margin - b.margin || a.index - b.index);
}

/** t_j: mean probability of j over the examples labelled j; Infinity for classes without examples. */
function classThresholds(probabilities: Float32Array, labels: Int32Array, classes: number): Float64Array {
  const sums = new Float64Array(classes);
  const counts = new Float64Array(classes);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label < 0) continue;
    sums[label]! += probabilities[i * classes + label]!;
    counts[label]!++;
  }
  return sums.map((sum, k) =>
    counts[k]! === 0 ? Number.POSITIVE_INFINITY : Math.max(sum / counts[k]!, SMALLEST_THRESHOLD),
  );
}

/** The class an example is confidently of; −1 for none. */
function confidentClass(row: Float32Array, thresholds: Float64Array): number {
  let found = -1;
  for (let k = 0; k < row.length; k++) {
    if (row[k]! < thresholds[k]! - ROUNDING) continue;
    // With several, the most probable class decides, even where it misses its own, higher threshold.
    if (found >= 0) return argmax(row);
    found = k;
  }
  return found;
}

function argmax(row: Float32Array): number {
  let best = 0;
  for (let k = 1; k < row.length; k++) if (row[k]! > row[best]!) best = k;
  return best;
}
