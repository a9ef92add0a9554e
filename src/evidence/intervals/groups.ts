import { UsageError } from '../../base/index.ts';

/** Which rows belong together: duplicates, one patient, one video. */
export interface Groups {
  /** Number of groups G. */
  readonly count: number;
  /** [N] the group of each row, 0 … G−1. */
  readonly of: Uint32Array;
}

/** Groups from any ids, one a row; without ids each row is its own group. */
export function groupsOf(rows: number, ids?: ArrayLike<number>): Groups {
  const of = new Uint32Array(rows);
  if (ids === undefined) {
    for (let i = 0; i < rows; i++) of[i] = i;
    return { count: rows, of };
  }
  if (ids.length !== rows) throw new UsageError(`Cannot group ${rows} examples by ${ids.length} group ids`);
  const known = new Map<number, number>();
  for (let i = 0; i < rows; i++) {
    const id = ids[i]!;
    let group = known.get(id);
    if (group === undefined) {
      group = known.size;
      known.set(id, group);
    }
    of[i] = group;
  }
  return { count: known.size, of };
}

/**
 * How much a mean over grouped rows varies beside one over independent rows (Kish's design effect, from the linearised
 * variance of a ratio). Between 1 and the size of the largest group: where all that varies lies in one group, its rows are
 * one vote. Where the values do not vary, the mean size of a group as a row sees it.
 */
export function designEffect(values: ArrayLike<number>, groups: Groups): number {
  const rows = groups.of.length;
  if (groups.count === rows) return 1;
  const sizes = new Float64Array(groups.count);
  let mean = 0;
  for (let i = 0; i < rows; i++) {
    mean += values[i]! / rows;
    const group = groups.of[i]!;
    sizes[group] = sizes[group]! + 1;
  }
  let usual = 0;
  let largest = 0;
  for (const size of sizes) {
    usual += size ** 2 / rows;
    largest = Math.max(largest, size);
  }
  const residuals = new Float64Array(groups.count);
  let independent = 0;
  for (let i = 0; i < rows; i++) {
    const residual = values[i]! - mean;
    independent += residual * residual;
    const group = groups.of[i]!;
    residuals[group] = residuals[group]! + residual;
  }
  if (independent <= 1e-12 * rows) return usual;
  let clustered = 0;
  for (let g = 0; g < groups.count; g++) clustered += residuals[g]! ** 2;
  return Math.min(largest, Math.max(1, ((clustered / independent) * groups.count) / Math.max(1, groups.count - 1)));
}
