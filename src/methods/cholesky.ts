import { GraftError } from '../base/index.ts';
import type { Products } from './products.ts';

/**
 * Columns factored at a time. The blocks on the diagonal are done here, at about 1 GFLOP/s, all else by the runtime, at 20:
 * 96 is within 10 % of the best from 560 to 1,280 rows.
 */
const BLOCK = 96;

/** A block of columns of the factor: L's rows from `start` on. */
interface Panel {
  readonly start: number;
  readonly width: number;
  /** Inverse of the triangle on the diagonal, [width × width]. */
  readonly inverse: Float64Array;
  /** L below the triangle, [rest × width]. */
  readonly below: Float64Array;
}

/**
 * The Cholesky factor of A + αI, for symmetric A, blocked (right-looking; Golub & Van Loan, 4th edition, §4.2.6), in float64.
 *
 * @example
 * const factor = await Cholesky.factor(gram, size, alpha, products);
 * const solutions = await factor.solve(rightSides, 3); // [3 × size], a right side a row
 */
export class Cholesky {
  readonly #panels: readonly Panel[];
  readonly #size: number;
  readonly #products: Products;

  private constructor(panels: readonly Panel[], size: number, products: Products) {
    this.#panels = panels;
    this.#size = size;
    this.#products = products;
  }

  /**
   * @param matrix A, [size × size]; only the lower triangle is read
   * @throws GraftError where A + αI is not positive definite
   */
  static async factor(matrix: Float64Array, size: number, alpha: number, products: Products): Promise<Cholesky> {
    const columns: Float64Array[] = [];
    for (let start = 0; start < size; start += BLOCK) {
      const width = Math.min(BLOCK, size - start);
      const column = new Float64Array((size - start) * width);
      for (let i = start; i < size; i++) {
        column.set(matrix.subarray(i * size + start, i * size + start + width), (i - start) * width);
      }
      for (let i = 0; i < width; i++) column[i * width + i] = column[i * width + i]! + alpha;
      columns.push(column);
    }
    const panels: Panel[] = [];
    for (const [k, column] of columns.entries()) {
      const start = k * BLOCK;
      const width = Math.min(BLOCK, size - start);
      const inverse = invertedTriangle(column, width);
      const rows = size - start - width;
      const rest = column.subarray(width * width);
      const below = await products.float64(rest, inverse, { rows, inner: width, cols: width }, { b: true });
      for (let j = k + 1; j < columns.length; j++) {
        const left = below.subarray((j * BLOCK - start - width) * width);
        const cols = Math.min(BLOCK, size - j * BLOCK);
        const shape = { rows: size - j * BLOCK, inner: width, cols };
        const update = await products.float64(left, left.subarray(0, cols * width), shape, { b: true });
        const target = columns[j]!;
        for (let i = 0; i < update.length; i++) target[i] = target[i]! - update[i]!;
      }
      panels.push({ start, width, inverse, below });
    }
    return new Cholesky(panels, size, products);
  }

  /**
   * L⁻¹ r of each right side r, a row each, [count × size].
   *
   * @param zeros how many leading entries of every right side are 0, and stay so
   */
  async forward(rightSides: Float64Array, count: number, zeros = 0): Promise<Float64Array> {
    const size = this.#size;
    const result = rightSides.slice();
    for (const { start, width, inverse, below } of this.#panels) {
      if (start + width <= zeros) continue;
      const own = columnsOf(result, count, size, start, width);
      const shape = { rows: count, inner: width, cols: width };
      const solved = await this.#products.float64(own, inverse, shape, { b: true });
      setColumns(result, solved, count, size, start, width);
      const end = start + width;
      const update = await this.#products.float64(
        solved,
        below,
        { rows: count, inner: width, cols: size - end },
        { b: true },
      );
      subtractColumns(result, update, count, size, end);
    }
    return result;
  }

  /** (A + αI)⁻¹ r of each right side r, a row each, [count × size]. */
  async solve(rightSides: Float64Array, count: number): Promise<Float64Array> {
    const size = this.#size;
    const result = await this.forward(rightSides, count);
    for (const { start, width, inverse, below } of this.#panels.toReversed()) {
      const own = columnsOf(result, count, size, start, width);
      const end = start + width;
      const later = columnsOf(result, count, size, end, size - end);
      if (size > end) {
        const update = await this.#products.float64(later, below, { rows: count, inner: size - end, cols: width });
        for (let i = 0; i < own.length; i++) own[i] = own[i]! - update[i]!;
      }
      const solved = await this.#products.float64(own, inverse, { rows: count, inner: width, cols: width });
      setColumns(result, solved, count, size, start, width);
    }
    return result;
  }
}

/** The inverse of the Cholesky factor of the leading [width × width] rows; zeros above its diagonal. */
function invertedTriangle(block: Float64Array, width: number): Float64Array {
  const factor = block.slice(0, width * width);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = factor[i * width + j]!;
      for (let k = 0; k < j; k++) sum -= factor[i * width + k]! * factor[j * width + k]!;
      if (i !== j) factor[i * width + j] = sum / factor[j * width + j]!;
      else if (sum > 0) factor[i * width + i] = Math.sqrt(sum);
      else throw new GraftError('Cannot factor a matrix that is not positive definite');
    }
  }
  const inverse = new Float64Array(width * width);
  for (let i = 0; i < width; i++) {
    const diagonal = 1 / factor[i * width + i]!;
    inverse[i * width + i] = diagonal;
    for (let j = 0; j < i; j++) {
      const share = factor[i * width + j]! * diagonal;
      for (let k = 0; k <= j; k++) inverse[i * width + k] = inverse[i * width + k]! - share * inverse[j * width + k]!;
    }
  }
  return inverse;
}

function columnsOf(from: Float64Array, rows: number, stride: number, start: number, width: number): Float64Array {
  const result = new Float64Array(rows * width);
  for (let i = 0; i < rows; i++) {
    const at = i * stride + start;
    result.set(from.subarray(at, at + width), i * width);
  }
  return result;
}

function setColumns(
  to: Float64Array,
  part: Float64Array,
  rows: number,
  stride: number,
  start: number,
  width: number,
): void {
  for (let i = 0; i < rows; i++) to.set(part.subarray(i * width, (i + 1) * width), i * stride + start);
}

function subtractColumns(to: Float64Array, part: Float64Array, rows: number, stride: number, start: number): void {
  const width = stride - start;
  for (let i = 0; i < rows; i++) {
    const at = i * stride + start;
    for (let j = 0; j < width; j++) to[at + j] = to[at + j]! - part[i * width + j]!;
  }
}
