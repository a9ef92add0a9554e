import { InputError } from '../base/index.ts';
import type { CodeTable, Folds } from './method.ts';

/**
 * Refuses what no method can work with: lengths that differ, labels or folds out of range, weights below zero, an empty
 * table. Codes themselves are checked as they are read.
 *
 * @throws InputError
 */
export function requireTable(table: CodeTable, folds?: Folds): void {
  const { codes, labels, classes, weights } = table;
  if (codes.rows === 0 || codes.cols === 0) throw new InputError('Cannot fit a head: there are no codes');
  if (classes < 2) throw new InputError(`Cannot fit a classifier: there is ${classes} class, two are needed`);
  requireLength('labels', labels.length, codes.rows);
  for (const [i, label] of labels.entries()) {
    if (!(label >= 0 && label < classes)) {
      throw new InputError(`Cannot fit a head: row ${i} has label ${label}, outside 0 … ${classes - 1}`);
    }
  }
  if (weights !== undefined) {
    requireLength('weights', weights.length, codes.rows);
    for (const [i, weight] of weights.entries()) {
      if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
        throw new InputError(`Cannot fit a head: row ${i} has weight ${weight}`);
      }
    }
  }
  if (folds === undefined) return;
  requireLength('folds', folds.fold.length, codes.rows);
  if (folds.count < 2) throw new InputError(`Cannot cross-validate with ${folds.count} fold: two are needed`);
  for (const [i, fold] of folds.fold.entries()) {
    if (!(fold >= 0 && fold < folds.count)) {
      throw new InputError(`Cannot cross-validate: row ${i} is in fold ${fold}, outside 0 … ${folds.count - 1}`);
    }
  }
}

function requireLength(what: string, length: number, rows: number): void {
  if (length !== rows) throw new InputError(`Cannot fit a head: ${length} ${what} for ${rows} rows of codes`);
}
