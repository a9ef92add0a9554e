import { asBlocks, Random, type RowBlocks } from '../../src/base/index.ts';
import type { CodeTable, Folds } from '../../src/methods/index.ts';

export interface Clusters {
  readonly rows: number;
  readonly cols: number;
  readonly classes: number;
  readonly seed?: number;
  /** How far apart the classes are, in standard deviations of a feature. */
  readonly apart?: number;
  readonly weights?: Float32Array;
}

/** Normal clusters, one a class, in features of scales from 0.1 to 10 and far from 0; rows go round the classes. */
export function clusters({
  rows,
  cols,
  classes,
  seed = 1,
  apart = 1,
  weights,
}: Clusters): CodeTable & { data: Float32Array } {
  const random = new Random(seed);
  const centres = Float64Array.from({ length: classes * cols }, () => apart * random.normal());
  const scales = Float64Array.from({ length: cols }, () => 10 ** (2 * random.next() - 1));
  const labels = Int32Array.from({ length: rows }, (_, row) => row % classes);
  const data = Float32Array.from({ length: rows * cols }, (_, at) => {
    const j = at % cols;
    const centre = centres[labels[Math.floor(at / cols)]! * cols + j]!;
    return scales[j]! * (3 + centre + random.normal());
  });
  const table = { codes: asBlocks({ rows, cols, data }), labels, classes, data };
  return weights === undefined ? table : { ...table, weights };
}

/** Folds in which every class comes in turn. */
export function foldsOf(table: CodeTable, count: number): Folds {
  const seen = new Int32Array(table.classes);
  return { count, fold: table.labels.map((label) => seen[label]!++ % count) };
}

/** The same rows in blocks of `size` that share one buffer, as a reader of files gives them. */
export function inBlocks(table: { data: Float32Array; codes: RowBlocks }, size: number): RowBlocks {
  const { rows, cols } = table.codes;
  return {
    rows,
    cols,
    *blocks() {
      const buffer = new Float32Array(size * cols);
      for (let start = 0; start < rows; start += size) {
        const count = Math.min(size, rows - start);
        buffer.fill(Number.NaN);
        buffer.set(table.data.subarray(start * cols, (start + count) * cols));
        yield { rows: count, cols, data: buffer.subarray(0, count * cols) };
      }
    },
  };
}

/** Some rows of a table, by number; a row may come more than once. */
export function pick(
  table: CodeTable & { data: Float32Array },
  rows: readonly number[],
): CodeTable & { data: Float32Array } {
  const { cols } = table.codes;
  const data = new Float32Array(rows.length * cols);
  for (const [i, row] of rows.entries()) data.set(table.data.subarray(row * cols, (row + 1) * cols), i * cols);
  const labels = Int32Array.from(rows, (row) => table.labels[row]!);
  const codes = asBlocks({ rows: rows.length, cols, data });
  const picked = { codes, labels, classes: table.classes, data };
  if (table.weights === undefined) return picked;
  return { ...picked, weights: Float32Array.from(rows, (row) => table.weights![row]!) };
}

/** x of A x = b by Gaussian elimination with row pivots, in float64; A [n × n]. */
export function solveDense(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(rows[i]![k]!) > Math.abs(rows[pivot]![k]!)) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    for (let i = k + 1; i < n; i++) {
      const share = rows[i]![k]! / rows[k]![k]!;
      for (let j = k; j <= n; j++) rows[i]![j] = rows[i]![j]! - share * rows[k]![j]!;
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    let sum = rows[i]![n]!;
    for (let j = i + 1; j < n; j++) sum -= rows[i]![j]! * x[j]!;
    x[i] = sum / rows[i]![i]!;
  }
  return x;
}
