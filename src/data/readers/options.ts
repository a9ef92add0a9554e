import { AbortedError, InputError, type Report } from '../../base/index.ts';
import type { Dataset, Skipped } from '../dataset.ts';
import { compareNatural } from '../natural.ts';
import { type Placed, toExamples } from './layout.ts';

/** How to read the user's data. */
export interface ReadOptions {
  /** The column that holds the class. Lists only; found by its name if left out. */
  readonly target?: string;
  /** The column that holds the group, or a pattern over the relative path whose first capture is the group. */
  readonly group?: string | RegExp;
  /** The column that holds train, validation or test. Lists only; a column named `split` is found by itself. */
  readonly split?: string;
  /** `optional`: a list without a class column is read as images without labels. Default `required`. */
  readonly labels?: 'required' | 'optional';
  /** `keep`: files beside class or split folders are images without a label, not skipped. Default `skip`. */
  readonly unplaced?: 'skip' | 'keep';
  readonly signal?: AbortSignal;
  readonly report?: Report;
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortedError('Stopped while listing the data', { cause: signal.reason });
}

/** A pattern where the group is one; a column's name means nothing to folders and archives. */
export function groupPattern(group: string | RegExp | undefined, what: string): RegExp | undefined {
  if (typeof group !== 'string') return group;
  throw new InputError(`Cannot group by column '${group}': ${what} has no columns`, {
    fix: 'Give a regular expression over the path instead, with the group in its first parentheses',
  });
}

/** Sorts, indexes classes and applies the group pattern: the last step of every reader. */
export function toDataset(
  root: string,
  placed: readonly (Placed & { readonly group?: string })[],
  skipped: readonly Skipped[],
  pattern: RegExp | undefined,
): Dataset {
  const names = new Set<string>();
  for (const { className } of placed) if (className !== undefined) names.add(className);
  const classes = [...names].sort(compareNatural);
  const examples = toExamples(placed, classes, pattern).sort((a, b) => compareNatural(a.file, b.file));
  if (pattern !== undefined && examples.length > 0 && examples.every(({ group }) => group === undefined)) {
    throw new InputError(`Cannot group by ${pattern}: it matches none of ${examples.length} paths`, {
      fix: `Write it for paths like ${examples[0]!.file}`,
    });
  }
  return { root, classes, examples, skipped: [...skipped].sort((a, b) => compareNatural(a.file, b.file)) };
}
