import { asBlocks, type RowBlocks } from '../../base/index.ts';
import type { CodeSource } from '../../features/index.ts';
import type { CodeTable } from '../../methods/index.ts';

/** Codes up to this many bytes are held in memory; larger ones are read from disk in blocks, over and over. */
const IN_MEMORY = 64e6;

/** Codes of some rows, in memory where they are small. */
export function codesAt(source: CodeSource, taps: readonly string[], rows: Int32Array): RowBlocks {
  const cols = taps.reduce((sum, id) => sum + (source.taps.find((tap) => tap.id === id)?.channels ?? 0), 0);
  if (rows.length * cols * 4 <= IN_MEMORY) return asBlocks(source.load(taps, rows));
  return source.codes(taps, rows);
}

/** Labelled codes, with class weights where they are wanted. */
export function tableOf(codes: RowBlocks, labels: Int32Array, classes: number, balanced: boolean): CodeTable {
  return { codes, labels, classes, ...(balanced && { weights: balancedWeights(labels, classes) }) };
}

/** N / (C · N_c): every class has the same weight in all (as scikit-learn's `balanced`). */
export function balancedWeights(labels: Int32Array, classes: number): Float32Array {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label]! += 1;
  const present = counts.filter((count) => count > 0).length;
  return Float32Array.from(labels, (label) => labels.length / (present * counts[label]!));
}
