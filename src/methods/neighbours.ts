import { InputError, Random, type RowBlocks } from '../base/index.ts';
import type { CodeTable } from './method.ts';
import type { Products } from './products.ts';
import { chunked } from './standardise.ts';

/**
 * Floats of stored codes, 32 MiB: 6,553 rows of 1,280. It bounds the model file and what one prediction costs (a product
 * with all of them); a network of 300 million multiply-accumulates costs 35 times that product.
 */
const STORED_FLOATS = 8 * 1024 * 1024;

/** Similarities in memory at a time, 16 MiB. */
const SIMILARITIES = 4 * 1024 * 1024;

/** Labelled codes of length 1, among which neighbours are looked for. */
export interface References {
  readonly classes: number;
  readonly cols: number;
  /** [labels.length × cols]. */
  readonly codes: Float32Array;
  readonly labels: Int32Array;
  /** What a vote counts: the rows' weights with mean 1. */
  readonly votes: Float32Array;
  /** Which rows of the table they are. */
  readonly rows: Int32Array;
}

/** The nearest references of one row, nearest first. */
export interface Nearest {
  readonly count: number;
  /** Cosine similarities. */
  readonly similarities: Float32Array;
  /** Into the references. */
  readonly indices: Int32Array;
}

/**
 * The rows that weigh something; if they exceed `limit` floats, a random share of each class, at least one row of each.
 *
 * @throws InputError where a code is not finite, or no row weighs anything
 */
export function selectReferences(table: CodeTable, seed: number, limit = STORED_FLOATS): References {
  const { codes, classes } = table;
  const { cols } = codes;
  const chosen = chosenRows(table, seed, Math.max(classes, Math.floor(limit / cols)));
  if (chosen.length === 0) throw new InputError('Cannot look for neighbours: the examples weigh nothing');
  const labels = Int32Array.from(chosen, (row) => table.labels[row]!);
  const votes = Float32Array.from(chosen, (row) => table.weights?.[row] ?? 1);
  let mean = 0;
  for (const vote of votes) mean += vote / votes.length;
  for (let i = 0; i < votes.length; i++) votes[i] = votes[i]! / mean;
  const stored = new Float32Array(chosen.length * cols);
  let next = 0;
  let first = 0;
  for (const block of codes.blocks()) {
    for (; next < chosen.length && chosen[next]! < first + block.rows; next++) {
      const from = (chosen[next]! - first) * cols;
      stored.set(block.data.subarray(from, from + cols), next * cols);
      normalise(stored, next * cols, cols, chosen[next]!);
    }
    first += block.rows;
  }
  return { classes, cols, codes: stored, labels, votes, rows: chosen };
}

function chosenRows({ labels, weights, classes }: CodeTable, seed: number, limit: number): Int32Array {
  const ofClass: number[][] = Array.from({ length: classes }, () => []);
  for (const [row, label] of labels.entries()) if (weights?.[row] !== 0) ofClass[label]!.push(row);
  const candidates = ofClass.flat();
  if (candidates.length <= limit) return Int32Array.from(candidates).sort();
  const random = new Random(seed).fork('references');
  // Ordered by its place within its class, every class comes in by its share, and its first row before any second one.
  const places = ofClass.flatMap((rows) =>
    random.shuffle([...rows]).map((row, rank) => ({ row, place: rank / rows.length })),
  );
  places.sort((a, b) => a.place - b.place || a.row - b.row);
  return Int32Array.from(places.slice(0, limit), ({ row }) => row).sort();
}

function normalise(data: Float32Array, at: number, cols: number, row: number): void {
  let squares = 0;
  for (let j = at; j < at + cols; j++) squares += data[j]! ** 2;
  if (!Number.isFinite(squares)) {
    const wrong = data.subarray(at, at + cols).findIndex((value) => !Number.isFinite(value));
    throw new InputError(`Cannot look for neighbours: code ${wrong} of row ${row} is ${data[at + wrong]}`, {
      fix: 'Remove the example, or look for what overflows in the network',
    });
  }
  const inverse = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  for (let j = at; j < at + cols; j++) data[j] = data[j]! * inverse;
}

/**
 * The `k` nearest references of every row, in order, without a matrix of all similarities. Equal similarities go by index.
 *
 * @param allowed whether a reference may be a neighbour of a row: both by number
 */
export async function* nearest(
  codes: RowBlocks,
  references: References,
  k: number,
  products: Products,
  allowed: (row: number, reference: number) => boolean = () => true,
): AsyncGenerator<Nearest> {
  const { cols } = codes;
  const size = references.labels.length;
  const atOnce = Math.max(1, Math.floor(SIMILARITIES / size));
  let row = 0;
  for (const block of chunked(codes).blocks()) {
    for (let start = 0; start < block.rows; start += atOnce) {
      const rows = Math.min(atOnce, block.rows - start);
      const queries = block.data.slice(start * cols, (start + rows) * cols);
      for (let i = 0; i < rows; i++) normalise(queries, i * cols, cols, row + i);
      const shape = { rows, inner: cols, cols: size };
      const similarities = await products.float32(queries, references.codes, shape, { b: true });
      for (let i = 0; i < rows; i++, row++) {
        const own = row;
        yield largest(similarities.subarray(i * size, (i + 1) * size), k, (index) => allowed(own, index));
      }
    }
  }
}

/** Insertion into a short sorted list: nearly every value fails the first comparison. */
function largest(values: Float32Array, k: number, allowed: (index: number) => boolean): Nearest {
  const similarities = new Float32Array(k);
  const indices = new Int32Array(k);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (count === k && value <= similarities[k - 1]!) continue;
    if (!allowed(i)) continue;
    let at = count < k ? count++ : k - 1;
    for (; at > 0 && similarities[at - 1]! < value; at--) {
      similarities[at] = similarities[at - 1]!;
      indices[at] = indices[at - 1]!;
    }
    similarities[at] = value;
    indices[at] = i;
  }
  return { count, similarities, indices };
}
