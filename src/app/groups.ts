import { exactDuplicates, nearDuplicates, uniteGroups } from '../data/index.ts';
import type { Images } from './images.ts';

/** Images that show the same picture. */
export interface Duplicates {
  /** Rows whose files are equal to the last byte. */
  readonly exact: readonly (readonly number[])[];
  /** Rows that show the same picture in another file; flat pictures take no part. */
  readonly near: readonly (readonly number[])[];
  /** Both, overlapping groups made one. */
  readonly pictures: readonly (readonly number[])[];
  /** One number a row; rows of one number belong together: duplicates, and the user's own groups. */
  readonly groups: Int32Array;
  /** False where so many images looked alike that not all pairs could be compared. */
  readonly complete: boolean;
}

/** Finds what must not stand on both sides of a split. */
export async function findDuplicates({ codes, examples }: Images, signal: AbortSignal): Promise<Duplicates> {
  const exact = exactDuplicates(codes.hashes);
  const { groups: near, complete } = await nearDuplicates(codes.fingerprints, (rows) => codes.thumbnails(rows), {
    signal,
  });
  const nobody = examples.map(() => undefined);
  return {
    exact,
    near,
    pictures: members(uniteGroups(nobody, exact, near)),
    complete,
    groups: uniteGroups(
      examples.map((example) => example.group),
      exact,
      near,
    ),
  };
}

/** Rows of each number that occurs more than once. */
function members(numbers: Int32Array): readonly (readonly number[])[] {
  const rows = new Map<number, number[]>();
  numbers.forEach((number, row) => {
    const group = rows.get(number);
    if (group === undefined) rows.set(number, [row]);
    else group.push(row);
  });
  return [...rows.values()].filter((group) => group.length > 1);
}
