import { InputError, Random, type RowBlocks } from '../../base/index.ts';
import type { Novelty } from './novelty.ts';
import { sphericalCentres } from './spherical-centres.ts';

export interface NoveltyOptions {
  readonly seed?: number;
  /**
   * Prototypes of a class beside its mean, at most; 3. A class of several kinds needs them; below 2 the mean stands
   * alone.
   */
  readonly centres?: number;
}

/** A further prototype for so many examples of a class: fewer would describe single images. */
const EXAMPLES_PER_CENTRE = 10;

/**
 * Added to each channel's standard deviation, as a share of their mean: a channel that hardly moves in the training
 * data may not decide alone. On EfficientNet-Lite0 codes of flowers, insects, blood cells and hand signs, 0.1 … 0.5
 * differ by less than 0.002 in mean AUROC; 0.03 costs 0.006 where classes have five images.
 */
const DEVIATION_FLOOR = 0.2;

/** Values kept in memory to find the centres: 32 MiB as float32. */
const SAMPLE_VALUES = 8 * 1024 * 1024;

/**
 * Learns what the training codes look like: per channel the spread within classes, per class the mean direction and,
 * where the class is large enough, up to three further centres. One pass over the codes; memory does not grow with
 * their number. Works for more channels than examples, for two classes, and for classes of one image.
 *
 * @param labels [N] class of each row; negative: the row is not used
 * @example
 * const novelty = fitNovelty(codes, labels);
 * const { threshold } = thresholdAt(crossNovelty(codes, labels, folds), 0.02);
 * const unknown = noveltyOf(novelty, newCodes)[0]! > threshold;
 */
export function fitNovelty(codes: RowBlocks, labels: Int32Array, options: NoveltyOptions = {}): Novelty {
  const { seed = 0, centres = 3 } = options;
  if (labels.length !== codes.rows) {
    throw new InputError(`Cannot learn what is known: ${codes.rows} rows of codes, ${labels.length} labels`);
  }
  const { cols } = codes;
  const members = countMembers(labels);
  if (members.length === 0) throw new InputError('Cannot learn what is known: no row has a label');
  const keep = Math.floor(SAMPLE_VALUES / (cols * members.length));
  // With thousands of classes the sample would be too small to find two centres in: the means do.
  const sought = keep >= 2 * EXAMPLES_PER_CENTRE ? centres : 0;
  const random = new Random(seed).fork('novelty');
  const { sums, squares, samples } = readOnce(codes, labels, members, keep, sought > 1 ? random : null);
  const scale = channelScale(sums, squares, members, cols);

  const prototypes: Float32Array[] = [];
  const classOf: number[] = [];
  members.forEach((count, label) => {
    if (count === 0) return;
    const mean = Float32Array.from({ length: cols }, (_, d) => sums[label * cols + d]! * scale[d]!);
    const further = Math.min(sought, Math.floor(count / EXAMPLES_PER_CENTRE));
    const found =
      further > 1
        ? sphericalCentres(scaleRows(samples[label]!, scale), cols, further, EXAMPLES_PER_CENTRE, random)
        : [];
    for (const prototype of [mean, ...found]) {
      if (!normalise(prototype)) continue;
      prototypes.push(prototype);
      classOf.push(label);
    }
  });
  const flat = new Float32Array(prototypes.length * cols);
  prototypes.forEach((prototype, k) => {
    flat.set(prototype, k * cols);
  });
  return { cols, scale, prototypes: flat, classOf: Int32Array.from(classOf) };
}

/** Examples of each class, indexed by class. */
function countMembers(labels: Int32Array): number[] {
  const members: number[] = [];
  for (const label of labels) {
    if (label < 0) continue;
    while (members.length <= label) members.push(0);
    members[label] = members[label]! + 1;
  }
  return members;
}

interface Gathered {
  /** [C × D] sums of the rows, each of length one. */
  readonly sums: Float64Array;
  /** [D] sums of their squares. */
  readonly squares: Float64Array;
  /** Of each class a uniform sample of its rows, flat. */
  readonly samples: readonly Float32Array[];
}

function readOnce(
  codes: RowBlocks,
  labels: Int32Array,
  members: readonly number[],
  keep: number,
  random: Random | null,
): Gathered {
  const { cols } = codes;
  const sums = new Float64Array(members.length * cols);
  const squares = new Float64Array(cols);
  const samples = members.map((count) => new Float32Array(random === null ? 0 : Math.min(count, keep) * cols));
  const seen = new Int32Array(members.length);
  const unit = new Float32Array(cols);
  let row = 0;
  for (const block of codes.blocks()) {
    for (let r = 0; r < block.rows; r++, row++) {
      const label = labels[row]!;
      if (label < 0) continue;
      unit.set(block.data.subarray(r * cols, (r + 1) * cols));
      normalise(unit);
      for (let d = 0; d < cols; d++) {
        const value = unit[d]!;
        sums[label * cols + d] = sums[label * cols + d]! + value;
        squares[d] = squares[d]! + value * value;
      }
      if (random === null) continue;
      // Reservoir sampling: the n-th row of a class takes a place with probability keep / n.
      const rank = seen[label]!;
      seen[label] = rank + 1;
      const place = rank < keep ? rank : random.integer(rank + 1);
      if (place < keep) samples[label]!.set(unit, place * cols);
    }
  }
  return { sums, squares, samples };
}

/** 1 / (standard deviation within classes + floor), up to a common factor that the cosine ignores. */
function channelScale(
  sums: Float64Array,
  squares: Float64Array,
  members: readonly number[],
  cols: number,
): Float32Array {
  const deviations = new Float64Array(cols);
  let mean = 0;
  for (let d = 0; d < cols; d++) {
    let within = squares[d]!;
    members.forEach((count, label) => {
      if (count > 0) within -= sums[label * cols + d]! ** 2 / count;
    });
    deviations[d] = Math.sqrt(Math.max(0, within));
    mean += deviations[d]! / cols;
  }
  // One image a class: there is no spread to learn from, all channels count alike.
  if (!(mean > 1e-9)) return new Float32Array(cols).fill(1);
  return Float32Array.from(deviations, (deviation) => mean / (deviation + DEVIATION_FLOOR * mean));
}

function scaleRows(rows: Float32Array, scale: Float32Array): Float32Array {
  const cols = scale.length;
  const scaled = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += cols) {
    for (let d = 0; d < cols; d++) scaled[start + d] = rows[start + d]! * scale[d]!;
    normalise(scaled.subarray(start, start + cols));
  }
  return scaled;
}

/** Makes a vector one long, in place; false for one of zeros, which stays. */
function normalise(vector: Float32Array): boolean {
  let squares = 0;
  for (const value of vector) squares += value * value;
  if (!(squares > 0)) return false;
  const factor = 1 / Math.sqrt(squares);
  for (let d = 0; d < vector.length; d++) vector[d] = vector[d]! * factor;
  return true;
}
