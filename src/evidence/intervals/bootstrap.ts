import { Random } from '../../base/index.ts';
import { normalCdf, normalQuantile } from '../math/normal.ts';
import type { Metric, Predictions, Resampled } from '../metrics/metric.ts';
import { type Groups, groupsOf } from './groups.ts';
import { DEFAULT_LEVEL, type Estimate, type Interval } from './interval.ts';

export interface BootstrapOptions {
  /** Coverage of the interval; 0.95. */
  readonly level?: number;
  /** Resamples; 2,000. */
  readonly bootstraps?: number;
  readonly seed?: number;
  /** One id a row: rows of one id are resampled together. */
  readonly groups?: ArrayLike<number>;
  /** BCa (Efron 1987) corrects bias and skewness; the plain percentiles do not. */
  readonly kind?: 'bca' | 'percentile';
}

/**
 * The jackknife behind BCa's acceleration leaves out this many blocks of groups at most, so that its cost is bounded.
 */
const JACKKNIFE_BLOCKS = 200;

/**
 * Interval of a metric by resampling groups (single rows where there are none) with replacement.
 *
 * @example
 * bootstrap(macroF1, predictions, { groups: patientIds, seed: 1 }); // { metric: 'macro-f1', mean, low, high }
 */
export function bootstrap(metric: Metric, predictions: Predictions, options: BootstrapOptions = {}): Estimate {
  const groups = groupsOf(predictions.labels.length, options.groups);
  const score = metric.prepare(predictions);
  const mean = score();
  return { metric: metric.id, mean, ...bootstrapInterval(score, groups, mean, options) };
}

/** Interval of any statistic of resamples. A resample where it is undefined (NaN: a class is absent) is left out. */
export function bootstrapInterval(
  score: Resampled,
  groups: Groups,
  observed: number,
  options: Omit<BootstrapOptions, 'groups'> = {},
): Interval {
  const { level = DEFAULT_LEVEL, bootstraps = 2000, seed = 0, kind = 'bca' } = options;
  const random = new Random(seed);
  const rows = groups.of.length;
  const drawn = new Uint16Array(groups.count);
  const counts = new Uint16Array(rows);
  const values: number[] = [];
  for (let b = 0; b < bootstraps; b++) {
    drawGroups(random, drawn);
    for (let i = 0; i < rows; i++) counts[i] = drawn[groups.of[i]!]!;
    const value = score(counts);
    if (!Number.isNaN(value)) values.push(value);
  }
  if (values.length === 0) return { low: Number.NaN, high: Number.NaN };
  const sorted = Float64Array.from(values).sort();
  const tail = (1 - level) / 2;
  if (kind === 'percentile') return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
  return correctedPercentiles(sorted, observed, acceleration(score, groups, random), tail);
}

/** How often each group is drawn in one resample of as many groups as there are. */
export function drawGroups(random: Random, drawn: Uint16Array): void {
  drawn.fill(0);
  // A product in place of Random.integer: its bias, at most G / 2³², is far below a bootstrap's noise, and this is the
  // innermost loop of every bootstrap.
  const factor = drawn.length / 0x1_0000_0000;
  for (let g = 0; g < drawn.length; g++) {
    const pick = Math.floor(random.uint32() * factor);
    drawn[pick] = drawn[pick]! + 1;
  }
}

/** Quantile of sorted values, linear between order statistics. */
export function quantile(sorted: Float64Array, probability: number): number {
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (position - below) * (high - low);
}

/** Efron 1987, equations 2.3 and 4.4: percentiles shifted by bias z₀ and acceleration a. */
function correctedPercentiles(sorted: Float64Array, observed: number, a: number, tail: number): Interval {
  let below = 0;
  for (const value of sorted) below += value < observed ? 1 : value === observed ? 0.5 : 0;
  // Where all resamples lie on one side there is nothing to correct with.
  const bias = below === 0 || below === sorted.length ? 0 : normalQuantile(below / sorted.length);
  const shifted = (probability: number): number => {
    const z = bias + normalQuantile(probability);
    const scale = 1 - a * z;
    return scale <= 0 ? probability : normalCdf(bias + z / scale);
  };
  return { low: quantile(sorted, shifted(tail)), high: quantile(sorted, shifted(1 - tail)) };
}

/** Acceleration from leaving out groups, or random blocks of groups where there are many. */
function acceleration(score: Resampled, groups: Groups, random: Random): number {
  const blocks = Math.min(groups.count, JACKKNIFE_BLOCKS);
  const order = random.shuffle(Uint32Array.from({ length: groups.count }, (_, g) => g));
  const blockOf = new Uint32Array(groups.count);
  for (let k = 0; k < order.length; k++) blockOf[order[k]!] = k % blocks;
  const counts = new Uint8Array(groups.of.length);
  const left: number[] = [];
  for (let block = 0; block < blocks; block++) {
    for (let i = 0; i < counts.length; i++) counts[i] = blockOf[groups.of[i]!] === block ? 0 : 1;
    const value = score(counts);
    if (!Number.isNaN(value)) left.push(value);
  }
  let mean = 0;
  for (const value of left) mean += value / left.length;
  let squares = 0;
  let cubes = 0;
  for (const value of left) {
    squares += (mean - value) ** 2;
    cubes += (mean - value) ** 3;
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}
