import type { Random } from '../../base/index.ts';
import { dot } from './novelty.ts';

const ROUNDS = 10;

/**
 * Centres of rows on the unit sphere by spherical k-means (Dhillon and Modha 2001), started as k-means++. Centres of
 * fewer than `least` rows are left out: they stand for outliers.
 *
 * @param rows [R × cols] each of length one
 */
export function sphericalCentres(
  rows: Float32Array,
  cols: number,
  count: number,
  least: number,
  random: Random,
): Float32Array[] {
  const total = rows.length / cols;
  let centres = plusPlus(rows, cols, count, random);
  let sizes = new Int32Array(centres.length);
  const owner = new Int32Array(total).fill(-1);
  for (let round = 0; round < ROUNDS; round++) {
    let moved = false;
    const next = centres.map(() => new Float32Array(cols));
    sizes = new Int32Array(centres.length);
    for (let r = 0; r < total; r++) {
      const row = rows.subarray(r * cols, (r + 1) * cols);
      const nearest = nearestOf(row, centres);
      if (owner[r] !== nearest) moved = true;
      owner[r] = nearest;
      sizes[nearest] = sizes[nearest]! + 1;
      const sum = next[nearest]!;
      for (let d = 0; d < cols; d++) sum[d] = sum[d]! + row[d]!;
    }
    // A centre that lost all its rows stays where it was.
    centres = next.map((sum, k) => (sizes[k] === 0 ? centres[k]! : unit(sum)));
    if (!moved) break;
  }
  return centres.filter((_, k) => sizes[k]! >= least);
}

/**
 * First centre at random, each further one with probability proportional to its cosine distance from the nearest so
 * far.
 */
function plusPlus(rows: Float32Array, cols: number, count: number, random: Random): Float32Array[] {
  const total = rows.length / cols;
  const at = (r: number): Float32Array => rows.slice(r * cols, (r + 1) * cols);
  const centres = [at(random.integer(total))];
  const distance = new Float64Array(total).fill(2);
  while (centres.length < Math.min(count, total)) {
    const latest = centres[centres.length - 1]!;
    let mass = 0;
    for (let r = 0; r < total; r++) {
      distance[r] = Math.min(distance[r]!, Math.max(0, 1 - dot(latest, rows, r * cols)));
      mass += distance[r]!;
    }
    // All rows coincide with a centre: more centres would be copies.
    if (!(mass > 1e-6)) break;
    let left = random.next() * mass;
    let pick = 0;
    while (pick < total - 1 && left >= distance[pick]!) left -= distance[pick++]!;
    centres.push(at(pick));
  }
  return centres;
}

function nearestOf(row: Float32Array, centres: readonly Float32Array[]): number {
  let nearest = 0;
  let largest = Number.NEGATIVE_INFINITY;
  centres.forEach((centre, k) => {
    const cosine = dot(row, centre, 0);
    if (cosine > largest) {
      largest = cosine;
      nearest = k;
    }
  });
  return nearest;
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector, 0));
  return length > 0 ? vector.map((value) => value / length) : vector;
}
