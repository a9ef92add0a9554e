import { Matrix as DenseMatrix, EigenvalueDecomposition } from 'ml-matrix';
import { Random, type RowBlocks } from '../base/index.ts';
import type { Products } from './products.ts';

/** The largest eigenvalues and eigenvectors of XᵀX / n. */
export interface Spectrum {
  readonly cols: number;
  readonly values: Float64Array;
  /** [values.length × cols], orthonormal rows. */
  readonly vectors: Float32Array;
  /** Mean of the eigenvalues that are left out and not zero by rank. */
  readonly tail: number;
}

/**
 * Subspace iteration from a random start (Halko, Martinsson & Tropp 2011, algorithm 4.4): enough of the spectrum to
 * precondition with, at the cost of a few passes over the codes.
 *
 * @param codes standardised codes [n, D]
 * @param count how many eigenpairs
 */
export async function topSpectrum(
  codes: RowBlocks,
  count: number,
  products: Products,
  seed: number,
  passes = 3,
): Promise<Spectrum> {
  const { rows, cols } = codes;
  const size = Math.min(count, rows, cols);
  const random = new Random(seed).fork('spectrum');
  let basis: Float32Array = Float32Array.from({ length: size * cols }, () => random.normal());
  let trace = 0;
  let small = new Float64Array(size * size);
  for (let pass = 0; pass <= passes; pass++) {
    orthonormaliseRows(basis, size, cols);
    const image = new Float64Array(size * cols);
    trace = 0;
    for (const block of codes.blocks()) {
      const along = await products.float32(
        block.data,
        basis,
        { rows: block.rows, inner: cols, cols: size },
        { b: true },
      );
      const back = await products.float32(along, block.data, { rows: size, inner: block.rows, cols }, { a: true });
      for (let i = 0; i < image.length; i++) image[i] = image[i]! + back[i]! / rows;
      for (const value of block.data) trace += (value * value) / rows;
    }
    if (pass === passes) small = rayleigh(basis, image, size, cols);
    else basis = Float32Array.from(image);
  }
  const { values, rotation } = symmetricEigen(small, size);
  const vectors = new Float32Array(size * cols);
  for (let k = 0; k < size; k++) {
    for (let i = 0; i < size; i++) {
      const factor = rotation[i * size + k]!;
      for (let j = 0; j < cols; j++) vectors[k * cols + j] = vectors[k * cols + j]! + factor * basis[i * cols + j]!;
    }
  }
  let top = 0;
  for (const value of values) top += value;
  const rest = Math.min(rows, cols) - size;
  return { cols, values, vectors, tail: rest > 0 ? Math.max(0, trace - top) / rest : 0 };
}

function rayleigh(basis: Float32Array, image: Float64Array, size: number, cols: number): Float64Array<ArrayBuffer> {
  const small = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k <= i; k++) {
      let sum = 0;
      for (let j = 0; j < cols; j++) sum += basis[i * cols + j]! * image[k * cols + j]!;
      small[i * size + k] = sum;
      small[k * size + i] = sum;
    }
  }
  return small;
}

function symmetricEigen(matrix: Float64Array, size: number): { values: Float64Array; rotation: Float64Array } {
  const dense = new DenseMatrix(size, size);
  for (let i = 0; i < size; i++) for (let k = 0; k < size; k++) dense.set(i, k, matrix[i * size + k]!);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(dense, { assumeSymmetric: true });
  const values = Float64Array.from(realEigenvalues, (value) => Math.max(0, value));
  const rotation = new Float64Array(size * size);
  for (let i = 0; i < size; i++) for (let k = 0; k < size; k++) rotation[i * size + k] = eigenvectorMatrix.get(i, k);
  return { values, rotation };
}

/** Gram–Schmidt, each row twice (Kahan's 'twice is enough'); a row that vanishes is left at zero. */
function orthonormaliseRows(basis: Float32Array, size: number, cols: number): void {
  for (let i = 0; i < size; i++) {
    const row = basis.subarray(i * cols, (i + 1) * cols);
    const before = norm(row);
    for (let round = 0; round < 2; round++) {
      for (let k = 0; k < i; k++) {
        const other = basis.subarray(k * cols, (k + 1) * cols);
        let sum = 0;
        for (let j = 0; j < cols; j++) sum += row[j]! * other[j]!;
        for (let j = 0; j < cols; j++) row[j] = row[j]! - sum * other[j]!;
      }
    }
    const length = norm(row);
    if (length <= 1e-6 * before) row.fill(0);
    else for (let j = 0; j < cols; j++) row[j] = row[j]! / length;
  }
}

function norm(row: Float32Array): number {
  let sum = 0;
  for (const value of row) sum += value * value;
  return Math.sqrt(sum);
}
