import { type Random, UsageError } from '../../base/index.ts';
import { drawGroups } from '../intervals/bootstrap.ts';
import { groupsOf } from '../intervals/groups.ts';

/** One value an example: 1 and 0 for right and wrong, or a loss. */
export type ExampleValues = Uint8Array | Float32Array | Float64Array;

/**
 * Per-example values of J candidates on the same N examples, condensed for resampling. Groups are the units; units with
 * the same values for all candidates share a row, since a resample needs only their number. With good candidates most
 * examples are right in all of them, so the table shrinks to a fraction.
 */
export interface ScoreTable {
  readonly rows: number;
  readonly candidates: number;
  /** Groups, or rows where there are no groups. */
  readonly units: number;
  /** [units] the pattern of each unit. */
  readonly patternOf: Uint32Array;
  /** [patterns] examples in one unit of the pattern. */
  readonly sizes: Float64Array;
  /** [patterns × J] sum of the values over one unit of the pattern. */
  readonly sums: Float32Array;
  /** [patterns] units of each pattern. */
  readonly multiplicity: Uint32Array;
}

/**
 * Condenses candidates' per-example values.
 *
 * @param groups one id a row: rows of one id are resampled together
 */
export function scoreTable(candidates: readonly ExampleValues[], groups?: ArrayLike<number>): ScoreTable {
  const first = candidates[0];
  if (first === undefined || first.length === 0) throw new UsageError('Cannot compare: no candidates or no examples');
  const rows = first.length;
  for (const values of candidates) {
    if (values.length !== rows) {
      throw new UsageError(`Cannot compare candidates on ${rows} and ${values.length} examples: they must be the same`);
    }
  }
  const units = groupsOf(rows, groups);
  const width = candidates.length + 1;
  // Row of a unit: its size, then its sum for each candidate.
  const whole = new Float32Array(units.count * width);
  for (let i = 0; i < rows; i++) {
    const at = units.of[i]! * width;
    whole[at] = whole[at]! + 1;
    for (let j = 0; j < candidates.length; j++) whole[at + 1 + j] = whole[at + 1 + j]! + candidates[j]![i]!;
  }
  const { patternOf, representatives } = distinctRows(whole, width);
  const patterns = representatives.length;
  const sizes = new Float64Array(patterns);
  const sums = new Float32Array(patterns * candidates.length);
  const multiplicity = new Uint32Array(patterns);
  representatives.forEach((unit, p) => {
    sizes[p] = whole[unit * width]!;
    sums.set(whole.subarray(unit * width + 1, (unit + 1) * width), p * candidates.length);
  });
  for (const pattern of patternOf) multiplicity[pattern] = multiplicity[pattern]! + 1;
  return { rows, candidates: candidates.length, units: units.count, patternOf, sizes, sums, multiplicity };
}

/** Means [J] of the candidates over a multiset of units, given as how often each pattern occurs. */
export function meansOf(table: ScoreTable, counts: ArrayLike<number>, into: Float64Array): Float64Array {
  const { candidates, sums, sizes } = table;
  into.fill(0);
  let total = 0;
  for (let p = 0; p < sizes.length; p++) {
    const count = counts[p]!;
    if (count === 0) continue;
    total += count * sizes[p]!;
    const at = p * candidates;
    for (let j = 0; j < candidates; j++) into[j] = into[j]! + count * sums[at + j]!;
  }
  for (let j = 0; j < candidates; j++) into[j] = into[j]! / total;
  return into;
}

/** Mean of one candidate over a multiset of units. */
export function meanOf(table: ScoreTable, counts: ArrayLike<number>, candidate: number): number {
  let sum = 0;
  let total = 0;
  for (let p = 0; p < table.sizes.length; p++) {
    sum += counts[p]! * table.sums[p * table.candidates + candidate]!;
    total += counts[p]! * table.sizes[p]!;
  }
  return sum / total;
}

/** One resample of the units. Both arrays are reused by the next one. */
export interface Resample {
  /** [patterns] how often each pattern was drawn. */
  readonly inBag: Float64Array;
  /** [patterns] units of each pattern that were not drawn. */
  readonly outOfBag: Float64Array;
}

/** Draws `bootstraps` resamples of the units with replacement. */
export function resample(
  table: ScoreTable,
  bootstraps: number,
  random: Random,
  visit: (sample: Resample, index: number) => void,
): void {
  const drawn = new Uint16Array(table.units);
  const inBag = new Float64Array(table.sizes.length);
  const outOfBag = new Float64Array(table.sizes.length);
  for (let b = 0; b < bootstraps; b++) {
    drawGroups(random, drawn);
    inBag.fill(0);
    outOfBag.fill(0);
    for (let unit = 0; unit < drawn.length; unit++) {
      const pattern = table.patternOf[unit]!;
      if (drawn[unit] === 0) outOfBag[pattern] = outOfBag[pattern]! + 1;
      else inBag[pattern] = inBag[pattern]! + drawn[unit]!;
    }
    visit({ inBag, outOfBag }, b);
  }
}

/** Additions that one bootstrap may cost: about two seconds of one core. */
const WORK = 2e9;

/** As many resamples as wanted, fewer where the table is so large that they would take many seconds; at least 200. */
export function affordableBootstraps(table: ScoreTable, wanted: number): number {
  const each = 0.63 * table.sums.length + 10 * table.units;
  return Math.max(Math.min(wanted, 200), Math.min(wanted, Math.floor(WORK / each)));
}

function distinctRows(whole: Float32Array, width: number): { patternOf: Uint32Array; representatives: number[] } {
  const count = whole.length / width;
  const bits = new Uint32Array(whole.buffer, whole.byteOffset, whole.length);
  const patternOf = new Uint32Array(count);
  const representatives: number[] = [];
  const seen = new Map<number, number[]>();
  for (let unit = 0; unit < count; unit++) {
    let hash = 0x811c9dc5;
    for (let k = 0; k < width; k++) {
      hash = Math.imul(hash ^ bits[unit * width + k]!, 0x01000193);
      hash ^= hash >>> 15;
    }
    const bucket = seen.get(hash) ?? [];
    let pattern = bucket.find((candidate) => sameRow(bits, representatives[candidate]!, unit, width));
    if (pattern === undefined) {
      pattern = representatives.length;
      representatives.push(unit);
      bucket.push(pattern);
      seen.set(hash, bucket);
    }
    patternOf[unit] = pattern;
  }
  return { patternOf, representatives };
}

function sameRow(bits: Uint32Array, a: number, b: number, width: number): boolean {
  for (let k = 0; k < width; k++) if (bits[a * width + k] !== bits[b * width + k]) return false;
  return true;
}
