import { asBlocks, InputError, type Matrix, type RowBlocks } from '../base/index.ts';
import type { CodeTable, Folds } from './method.ts';

/**
 * A feature whose standard deviation is below this share of its mean is a constant: float32 keeps 6e-8 of a number, so
 * what varies there is rounding.
 */
const CONSTANT = 1e-6;

/** Codes up to this many floats (32 MiB) are kept standardised; larger ones are standardised anew in every pass. */
const KEPT_FLOATS = 8 * 1024 * 1024;

/** Rows that one pass hands on at a time: 2,048 × 1,280 floats stay in a processor's cache between two products. */
const CHUNK_ROWS = 2048;

/** Weighted mean and standard deviation of each feature; a standard deviation of 0 marks a constant. */
export interface Moments {
  /** Sum of the examples' weights. */
  readonly weight: number;
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** Moments of all rows, and of the rows that each fold trains on. */
export interface FoldMoments {
  readonly all: Moments;
  readonly training: readonly Moments[];
}

/**
 * Moments of every fold's training rows in one pass, in float64, shifted by the first row against cancellation.
 *
 * @throws InputError where a code is not finite
 */
export function foldMoments(table: CodeTable, folds: Folds | undefined): FoldMoments {
  const { cols } = table.codes;
  const count = folds?.count ?? 1;
  const sums = Array.from({ length: count }, () => new Sums(cols));
  let shift: Float32Array | undefined;
  let row = 0;
  for (const block of table.codes.blocks()) {
    shift ??= block.data.slice(0, cols);
    for (let i = 0; i < block.rows; i++, row++) {
      const sum = sums[folds?.fold[row] ?? 0]!;
      sum.add(block.data, i * cols, shift, table.weights?.[row] ?? 1);
    }
    requireFinite(sums, block, row - block.rows);
  }
  const origin = shift ?? new Float32Array(cols);
  const total = new Sums(cols);
  for (const sum of sums) total.include(sum, 1);
  const training = sums.map((sum) => {
    const rest = new Sums(cols);
    rest.include(total, 1);
    rest.include(sum, -1);
    return rest.moments(origin);
  });
  return { all: total.moments(origin), training: folds === undefined ? [] : training };
}

class Sums {
  weight = 0;
  readonly first: Float64Array;
  readonly second: Float64Array;
  /** Plain sum, so that a row of weight 0 cannot hide a code that is not finite. */
  check = 0;

  constructor(cols: number) {
    this.first = new Float64Array(cols);
    this.second = new Float64Array(cols);
  }

  add(data: Float32Array, offset: number, shift: Float32Array, weight: number): void {
    const { first, second } = this;
    let check = 0;
    for (let j = 0; j < first.length; j++) {
      const value = data[offset + j]! - shift[j]!;
      const weighted = weight * value;
      check += value;
      first[j] = first[j]! + weighted;
      second[j] = second[j]! + weighted * value;
    }
    this.weight += weight;
    this.check += check;
  }

  include(other: Sums, sign: number): void {
    this.weight += sign * other.weight;
    for (let j = 0; j < this.first.length; j++) {
      this.first[j] = this.first[j]! + sign * other.first[j]!;
      this.second[j] = this.second[j]! + sign * other.second[j]!;
    }
  }

  moments(shift: Float32Array): Moments {
    const cols = this.first.length;
    const mean = new Float64Array(cols);
    const deviation = new Float64Array(cols);
    const weight = Math.max(this.weight, Number.MIN_VALUE);
    for (let j = 0; j < cols; j++) {
      const offset = this.first[j]! / weight;
      mean[j] = shift[j]! + offset;
      const square = this.second[j]! / weight;
      const sigma = Math.sqrt(Math.max(0, square - offset * offset));
      // A first row far from all others leaves the rounding of the difference, about 1e-8 of the distance.
      deviation[j] = sigma > CONSTANT * Math.max(Math.abs(mean[j]!), Math.sqrt(square)) ? sigma : 0;
    }
    return { weight: this.weight, mean, deviation };
  }
}

function requireFinite(sums: readonly Sums[], block: Matrix, firstRow: number): void {
  if (sums.every((sum) => Number.isFinite(sum.check))) return;
  const at = block.data.findIndex((value) => !Number.isFinite(value));
  const row = firstRow + Math.max(0, Math.floor(at / block.cols));
  throw new InputError(`Cannot fit a head: code ${at % block.cols} of row ${row} is ${block.data[at]}`, {
    fix: 'Remove the example, or look for what overflows in the network',
  });
}

/** A fold's own standardisation in units of the shared one; a feature that is constant in the fold keeps the shared one. */
export function relativeScale(own: Moments, shared: Moments): Float64Array {
  return own.deviation.map((sigma, j) => (sigma > 0 && shared.deviation[j]! > 0 ? sigma / shared.deviation[j]! : 1));
}

/** Codes with mean 0 and standard deviation 1 in every feature (constants become 0), in chunks of whole rows. */
export function standardised(codes: RowBlocks, moments: Moments): RowBlocks {
  const { rows, cols } = codes;
  const { mean } = moments;
  const inverse = moments.deviation.map((sigma) => (sigma > 0 ? 1 / sigma : 0));
  if (rows * cols <= KEPT_FLOATS) {
    const kept = new Float32Array(rows * cols);
    let at = 0;
    for (const block of codes.blocks()) {
      standardiseRows(block.data, 0, kept, at, block.rows, mean, inverse);
      at += block.rows * cols;
    }
    return chunked(asBlocks({ rows, cols, data: kept }));
  }
  const buffer = new Float32Array(Math.min(rows, CHUNK_ROWS) * cols);
  return {
    rows,
    cols,
    *blocks() {
      for (const chunk of chunked(codes).blocks()) {
        standardiseRows(chunk.data, 0, buffer, 0, chunk.rows, mean, inverse);
        yield { rows: chunk.rows, cols, data: buffer.subarray(0, chunk.rows * cols) };
      }
    },
  };
}

/** The same rows in blocks of at most CHUNK_ROWS: views, not copies. */
export function chunked(codes: RowBlocks): RowBlocks {
  const { rows, cols } = codes;
  return {
    rows,
    cols,
    *blocks() {
      for (const block of codes.blocks()) {
        for (let start = 0; start < block.rows; start += CHUNK_ROWS) {
          const count = Math.min(CHUNK_ROWS, block.rows - start);
          yield { rows: count, cols, data: block.data.subarray(start * cols, (start + count) * cols) };
        }
      }
    },
  };
}

function standardiseRows(
  from: Float32Array,
  fromAt: number,
  to: Float32Array,
  toAt: number,
  rows: number,
  mean: Float64Array,
  inverse: Float64Array,
): void {
  const cols = mean.length;
  for (let i = 0; i < rows; i++) {
    const source = fromAt + i * cols;
    const target = toAt + i * cols;
    for (let j = 0; j < cols; j++) to[target + j] = (from[source + j]! - mean[j]!) * inverse[j]!;
  }
}
