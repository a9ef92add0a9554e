import { formatCount } from '../../base/index.ts';
import { type FoldPlan, makeFolds, makeHoldout, type SplitWarning } from '../../data/index.ts';
import type { Images } from '../images.ts';
import type { FitOptions } from '../options.ts';

/** Which rows are compared on, and which are locked away until the end. */
export interface Splits {
  /** Rows of the cross-validation, ascending. */
  readonly compare: Int32Array;
  /** Folds over `compare`, in its order. */
  readonly folds: FoldPlan;
  /** Rows that no choice sees, ascending; empty where there are too few images. */
  readonly holdout: Int32Array;
  /** What the user should know of it. */
  readonly notes: readonly string[];
}

/** What a split looks at. */
export type SplitInput = Pick<Images, 'classes' | 'labels' | 'examples'>;

/** Fewer images cannot spare any: the cross-validation alone is the evidence. */
const LEAST_FOR_HOLDOUT = 750;
const HOLDOUT_SHARE = 0.2;
const DEFAULT_FOLDS = 5;

/**
 * Splits labelled images: the user's test folder (or else their validation folder) is the holdout, without the pictures
 * that the other images show too; where they made none, a fifth of 750 images or more.
 */
export function splitImages(images: SplitInput, groups: Int32Array, options: FitOptions): Splits {
  const seed = options.seed ?? 0;
  const labelled = rowsWhere(images.labels, (label) => label >= 0);
  const { compare, holdout, notes } = divide(images, labelled, groups, options);
  const folds = makeFolds(pick(images.labels, compare), pick(groups, compare), {
    count: foldCount(pick(groups, compare), options.folds ?? DEFAULT_FOLDS),
    seed,
  });
  return {
    compare,
    holdout,
    folds,
    notes: [...notes, ...folds.warnings.map((warning) => describe(warning, images.classes))],
  };
}

interface Division {
  readonly compare: Int32Array;
  readonly holdout: Int32Array;
  readonly notes: readonly string[];
}

function divide(images: SplitInput, labelled: Int32Array, groups: Int32Array, options: FitOptions): Division {
  const { holdout = 'auto', seed = 0 } = options;
  const none = { compare: labelled, holdout: new Int32Array(0), notes: [] };
  const splits = images.examples.map((example) => example.split);
  const kind = splits.includes('test') ? 'test' : 'validation';
  if (splits.some((split) => split === kind) && splits.some((split) => split !== kind)) {
    if (holdout === 'none')
      return { ...none, notes: [`--holdout none: the ${kind} images take part in the cross-validation`] };
    const given = byUser(labelled, groups, (row) => splits[row] === kind, kind);
    if (holdout === 'auto') return given;
    return {
      ...given,
      notes: [...given.notes, `--holdout ${holdout} was not followed: your ${kind} images are there`],
    };
  }
  if (holdout === 'none' || (holdout === 'auto' && labelled.length < LEAST_FOR_HOLDOUT)) return none;
  const share = holdout === 'auto' ? HOLDOUT_SHARE : holdout;
  const parts = makeHoldout(pick(images.labels, labelled), pick(groups, labelled), { share, seed });
  return {
    compare: pick(labelled, parts.train),
    holdout: pick(labelled, parts.holdout),
    notes: parts.warnings.map((warning) => describe(warning, images.classes)),
  };
}

function byUser(labelled: Int32Array, groups: Int32Array, isHoldout: (row: number) => boolean, kind: string): Division {
  const compare = labelled.filter((row) => !isHoldout(row));
  const seen = new Set(pick(groups, compare));
  const holdout = labelled.filter((row) => isHoldout(row) && !seen.has(groups[row]!));
  const leaked = labelled.length - compare.length - holdout.length;
  const notes = [
    holdout.length > 0 ? `Your ${kind} images are the locked-away test` : `No ${kind} image is left to test on`,
  ];
  if (leaked > 0) {
    notes.push(
      `${formatCount(leaked, `${kind} image`)} left out of the test: the other images show the same picture, or the same group`,
    );
  }
  return { compare, holdout, notes };
}

/** A fold needs a group of its own. */
function foldCount(groups: Int32Array, wanted: number): number {
  return Math.max(2, Math.min(wanted, new Set(groups).size));
}

function describe(warning: SplitWarning, classes: readonly string[]): string {
  const label = classes[warning.label] ?? String(warning.label);
  return warning.kind === 'single-group'
    ? `Class ${label}: all its images are one group, so nothing is known of how it generalises`
    : `Class ${label} has ${formatCount(warning.groups, 'independent picture or group', 'independent pictures or groups')}, fewer than there are folds: its scores are rough`;
}

/** Rows whose value passes. */
export function rowsWhere(values: Int32Array, passes: (value: number) => boolean): Int32Array {
  const rows: number[] = [];
  values.forEach((value, row) => {
    if (passes(value)) rows.push(row);
  });
  return Int32Array.from(rows);
}

/** values[rows[i]] for each i. */
export function pick(values: Int32Array, rows: Int32Array): Int32Array {
  return rows.map((row) => values[row]!);
}
