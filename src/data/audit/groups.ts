import type { Split } from '../dataset.ts';

/** Duplicates that do not share one label: at most one of the labels is right. */
export interface LabelConflict {
  /** Indices, ascending. */
  readonly members: readonly number[];
  /** The labels among them, ascending. */
  readonly labels: readonly number[];
}

/**
 * Duplicate groups whose members have different labels. For exact duplicates these are conflicting labels: the same bytes
 * cannot be two things. For near duplicates they are duplicates across classes, to be looked at. Unlabelled members (−1) do not count.
 */
export function duplicatesAcrossClasses(groups: readonly (readonly number[])[], labels: Int32Array): LabelConflict[] {
  const conflicts: LabelConflict[] = [];
  for (const members of groups) {
    const found = new Set(members.map((i) => labels[i]!).filter((label) => label >= 0));
    if (found.size > 1) conflicts.push({ members, labels: [...found].sort((a, b) => a - b) });
  }
  return conflicts;
}

/** A duplicate or group that stands on several sides of the user's split, so that a score on one side knows of the other. */
export interface Leak {
  readonly members: readonly number[];
  /** In the order train, validation, test. */
  readonly splits: readonly Split[];
}

const SPLITS: readonly Split[] = ['train', 'validation', 'test'];

/** Duplicate groups that stand in more than one split. Examples without a split do not count. */
export function leaks(groups: readonly (readonly number[])[], splits: readonly (Split | undefined)[]): Leak[] {
  const found: Leak[] = [];
  for (const members of groups) {
    const sides = new Set(members.map((i) => splits[i]));
    const touched = SPLITS.filter((split) => sides.has(split));
    if (touched.length > 1) found.push({ members, splits: touched });
  }
  return found;
}
