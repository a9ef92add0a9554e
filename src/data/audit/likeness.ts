import { THUMBNAIL_SIDE } from '../decode/summary.ts';

const SIDE = THUMBNAIL_SIDE;
const CELLS = SIDE * SIDE;
const CENTRE = (SIDE - 1) / 2;

/** What a thumbnail has to tell two pictures apart by. */
export interface Evidence {
  /** Standard deviation of the grey levels. */
  readonly contrast: number;
  /** Squared steps between neighbours, over squared deviations from the mean: 0.04 a ramp, 0.15 one wave, 1 a photo, 4 noise. */
  readonly roughness: number;
}

/** Measures a thumbnail [16 × 16]. */
export function evidenceOf(thumbnail: Uint8Array): Evidence {
  let sum = 0;
  let squares = 0;
  let steps = 0;
  for (let i = 0; i < CELLS; i++) {
    const value = thumbnail[i]!;
    sum += value;
    squares += value * value;
    if (i % SIDE < SIDE - 1) steps += (thumbnail[i + 1]! - value) ** 2;
    if (i + SIDE < CELLS) steps += (thumbnail[i + SIDE]! - value) ** 2;
  }
  const mean = sum / CELLS;
  const variance = Math.max(0, squares / CELLS - mean * mean);
  return { contrast: Math.sqrt(variance), roughness: variance === 0 ? 0 : steps / (CELLS * variance) };
}

/**
 * Whether a thumbnail can show that two pictures are one. Flat ones and plain ramps cannot: all of them look alike, so only
 * equal bytes count for them. The roughness of real photos starts at 0.12 (blood cells), of a ramp it is 0.04.
 */
export function canTell({ contrast, roughness }: Evidence): boolean {
  return contrast >= 2 && roughness >= 0.1;
}

/** How two thumbnails agree, after the second is laid on the first. */
interface Likeness {
  /** Normalised correlation of grey levels, −1 … 1. */
  readonly levels: number;
  /** Normalised correlation of the steps between neighbours: agreement in detail, where equal backgrounds do not help. */
  readonly steps: number;
}

const APART: Likeness = { levels: -1, steps: -1 };

/** Below this correlation before alignment a pair is not tried: crops of 4 % a side stay above 0.74 (99 of 100). */
const WORTH_ALIGNING = 0.7;

/** After one step of alignment every copy that is found in the end was above 0.95. */
const WORTH_GOING_ON = 0.9;

/** Brightness and contrast may change this much between copies. */
const LARGEST_SHIFT = 48;
const LARGEST_GAIN = 1.75;

/** Disagreement that two copies may have, in levels and in steps. */
const TOLERANCE = { levels: 0.02, steps: 0.07 };

/** Smooth pictures (blurred blobs; roughness below 0.3) agree more easily, so they may disagree less. */
const SMOOTH = 0.3;
const SMOOTH_TOLERANCE = { levels: 0.005, steps: 0.03 };

/**
 * How far two pictures are from being one: 0 the same, up to 1 as a copy may be that was encoded again, resized, brightened or
 * cropped a little; Infinity where they are nothing like it or cannot tell.
 *
 * The tolerances come from four data sets (ants and bees, flowers, hand signs, blood cells; 6,300 generated copies): no two of
 * 2,062 different hand signs before one background come below 1, and all 63 pairs of flowers that do are one photo. In other data
 * different pictures can (Fashion-MNIST's trousers), which is for the caller to notice by how many do.
 */
export function distanceOf(a: Uint8Array, b: Uint8Array): number {
  if (!comparable(a, b)) return Number.POSITIVE_INFINITY;
  const left = evidenceOf(a);
  const right = evidenceOf(b);
  if (!canTell(left) || !canTell(right)) return Number.POSITIVE_INFINITY;
  const { levels, steps } = align(a, b);
  const tolerance = Math.min(left.roughness, right.roughness) < SMOOTH ? SMOOTH_TOLERANCE : TOLERANCE;
  return Math.max((1 - levels) / tolerance.levels, (1 - steps) / tolerance.steps);
}

/** The cheap first look that most candidates fail: brightness, contrast and correlation as they are. */
function comparable(a: Uint8Array, b: Uint8Array): boolean {
  let sumA = 0;
  let sumB = 0;
  let squaresA = 0;
  let squaresB = 0;
  let products = 0;
  for (let i = 0; i < CELLS; i++) {
    const left = a[i]!;
    const right = b[i]!;
    sumA += left;
    sumB += right;
    squaresA += left * left;
    squaresB += right * right;
    products += left * right;
  }
  const varianceA = squaresA - (sumA * sumA) / CELLS;
  const varianceB = squaresB - (sumB * sumB) / CELLS;
  return (
    products - (sumA * sumB) / CELLS >= WORTH_ALIGNING * Math.sqrt(varianceA * varianceB) &&
    Math.abs(sumA - sumB) <= LARGEST_SHIFT * CELLS &&
    varianceA <= LARGEST_GAIN ** 2 * varianceB &&
    varianceB <= LARGEST_GAIN ** 2 * varianceA
  );
}

/** Steps of the alignment; a fourth finds no further copy. */
const STEPS = 3;

/** Farthest shift in cells, and stretch as a share: a crop of 5 % on one side shifts by 0.4 cells and stretches by 0.05. */
const LARGEST_MOVE = 1.2;
const LARGEST_STRETCH = 0.12;

/**
 * Lays two thumbnails on each other by shift and stretch along both axes (Lucas and Kanade 1981, with gain and offset as two
 * further unknowns) and returns the best agreement. Both are moved half of the way, in opposite directions, so that interpolation
 * blurs them alike: moving only one loses a third of the copies that were cropped by 4 % a side.
 */
function align(a: Uint8Array, b: Uint8Array): Likeness {
  const move = new Float64Array(4);
  const left = new Float64Array(CELLS);
  const right = new Float64Array(CELLS);
  const inside = new Uint8Array(CELLS);
  let best = APART;
  for (let step = 0; ; step++) {
    inside.fill(1);
    warp(a, move, -0.5, left, inside);
    warp(b, move, 0.5, right, inside);
    const likeness = compare(left, right, inside);
    if (likeness.levels > best.levels) best = likeness;
    if (step === STEPS || (step > 0 && best.levels < WORTH_GOING_ON)) return best;
    const change = improve(left, right, inside);
    for (let k = 0; k < 4; k++) {
      const limit = k % 2 === 0 ? LARGEST_MOVE : LARGEST_STRETCH;
      move[k] = Math.max(-limit, Math.min(limit, move[k]! + change[k]!));
    }
  }
}

/** Samples an image at x + share · (move₀ + move₁ · x), likewise y; clears `inside` where that leaves the image. */
function warp(image: Uint8Array, move: Float64Array, share: number, out: Float64Array, inside: Uint8Array): void {
  for (let r = 0; r < SIDE; r++) {
    const y = r + share * (move[2]! + move[3]! * (r - CENTRE));
    for (let c = 0; c < SIDE; c++) {
      const x = c + share * (move[0]! + move[1]! * (c - CENTRE));
      const i = r * SIDE + c;
      if (x < -0.25 || x > SIDE - 0.75 || y < -0.25 || y > SIDE - 0.75) inside[i] = 0;
      out[i] = bilinear(image, x, y);
    }
  }
}

function bilinear(image: Uint8Array, x: number, y: number): number {
  const u = Math.max(0, Math.min(SIDE - 1, x));
  const v = Math.max(0, Math.min(SIDE - 1, y));
  const c = Math.min(Math.floor(u), SIDE - 2);
  const r = Math.min(Math.floor(v), SIDE - 2);
  const i = r * SIDE + c;
  const top = image[i]! * (1 - (u - c)) + image[i + 1]! * (u - c);
  const bottom = image[i + SIDE]! * (1 - (u - c)) + image[i + SIDE + 1]! * (u - c);
  return top * (1 - (v - r)) + bottom * (v - r);
}

/** Correlations over the cells inside both. */
function compare(left: Float64Array, right: Float64Array, inside: Uint8Array): Likeness {
  let count = 0;
  let sumLeft = 0;
  let sumRight = 0;
  for (let i = 0; i < CELLS; i++) {
    if (inside[i] === 0) continue;
    count++;
    sumLeft += left[i]!;
    sumRight += right[i]!;
  }
  const meanLeft = sumLeft / count;
  const meanRight = sumRight / count;
  const levels = new Correlation();
  const steps = new Correlation();
  for (let i = 0; i < CELLS; i++) {
    if (inside[i] === 0) continue;
    levels.add(left[i]! - meanLeft, right[i]! - meanRight);
    if (i % SIDE < SIDE - 1 && inside[i + 1] === 1) steps.add(left[i + 1]! - left[i]!, right[i + 1]! - right[i]!);
    if (i + SIDE < CELLS && inside[i + SIDE] === 1) steps.add(left[i + SIDE]! - left[i]!, right[i + SIDE]! - right[i]!);
  }
  return { levels: levels.value(), steps: steps.value() };
}

class Correlation {
  #product = 0;
  #left = 0;
  #right = 0;

  add(a: number, b: number): void {
    this.#product += a * b;
    this.#left += a * a;
    this.#right += b * b;
  }

  value(): number {
    const norm = Math.sqrt(this.#left * this.#right);
    return norm === 0 ? 0 : this.#product / norm;
  }
}

/** Unknowns: shift x, stretch x, shift y, stretch y, gain, offset. */
const UNKNOWNS = 6;

/** Keeps the system solvable where an image has no detail along an axis. */
const DAMPING = [1e-3, 3e-2, 1e-3, 3e-2, 1e-3, 1e-3];

/** One Gauss–Newton step: the change of the move that makes `right` most like `left`, in least squares. */
function improve(left: Float64Array, right: Float64Array, inside: Uint8Array): Float64Array {
  const system = new Float64Array(UNKNOWNS * (UNKNOWNS + 1));
  const row = new Float64Array(UNKNOWNS + 1);
  for (let i = 0; i < CELLS; i++) {
    if (inside[i] === 0) continue;
    const c = i % SIDE;
    const r = (i - c) / SIDE;
    const dx = slope(left, right, i, c, 1);
    const dy = slope(left, right, i, r, SIDE);
    row[0] = dx;
    row[1] = dx * (c - CENTRE);
    row[2] = dy;
    row[3] = dy * (r - CENTRE);
    row[4] = right[i]!;
    row[5] = 1;
    row[6] = left[i]! - right[i]!;
    for (let j = 0; j < UNKNOWNS; j++) {
      for (let k = j; k <= UNKNOWNS; k++) system[j * (UNKNOWNS + 1) + k]! += row[j]! * row[k]!;
    }
  }
  for (let j = 0; j < UNKNOWNS; j++) {
    system[j * (UNKNOWNS + 1) + j]! += DAMPING[j]!;
    for (let k = 0; k < j; k++) system[j * (UNKNOWNS + 1) + k] = system[k * (UNKNOWNS + 1) + j]!;
  }
  return solve(system);
}

/** Central difference of the mean of both images along one axis, one-sided at the ends. */
function slope(left: Float64Array, right: Float64Array, i: number, at: number, stride: number): number {
  const from = at === 0 ? i : i - stride;
  const to = at === SIDE - 1 ? i : i + stride;
  const span = (to - from) / stride;
  return (left[to]! + right[to]! - left[from]! - right[from]!) / (2 * span);
}

/** Solves the augmented positive definite system [6 × 7] by elimination. */
function solve(system: Float64Array): Float64Array {
  const width = UNKNOWNS + 1;
  for (let p = 0; p < UNKNOWNS; p++) {
    for (let r = p + 1; r < UNKNOWNS; r++) {
      const factor = system[r * width + p]! / system[p * width + p]!;
      for (let k = p; k < width; k++) system[r * width + k]! -= factor * system[p * width + k]!;
    }
  }
  const solution = new Float64Array(UNKNOWNS);
  for (let r = UNKNOWNS - 1; r >= 0; r--) {
    let rest = system[r * width + UNKNOWNS]!;
    for (let k = r + 1; k < UNKNOWNS; k++) rest -= system[r * width + k]! * solution[k]!;
    solution[r] = rest / system[r * width + r]!;
  }
  return solution;
}
