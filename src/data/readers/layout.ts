import type { Example, Skipped, Source, Split } from '../dataset.ts';
import { splitNamed } from './names.ts';

/** A file that may be an image, by its path below the root, with `/`. */
export interface Found {
  readonly file: string;
  readonly source: Source;
}

/** A found file with what its folders say of it; the class still by name. */
export interface Placed extends Found {
  readonly className?: string;
  readonly split?: Split;
}

/**
 * Reads labels and splits off the folders:
 *
 *     ants/1.jpg, ants/macro/2.jpg          class ants
 *     train/ants/1.jpg, val/ants/2.jpg      class ants, with splits
 *     1.jpg, 2.jpg                          no labels
 *
 * First-level folders are splits if all of them are named as splits, or two of them and one of those is train; so a class
 * named `train` beside `bus` and `car` stays a class. Where there are class folders, a file beside them has no class and
 * is listed, or kept without a label.
 */
export function placeByFolders(
  found: readonly Found[],
  unplaced: 'skip' | 'keep' = 'skip',
): { placed: Placed[]; skipped: Skipped[] } {
  const splits = splitFolders(found);
  const depth = splits === undefined ? 0 : 1;
  const hasClasses = found.some(({ file }) => isBelow(file, depth));
  const placed: Placed[] = [];
  const skipped: Skipped[] = [];
  for (const { file, source } of found) {
    const parts = file.split('/');
    const split = splits?.get(parts[0]!);
    const beside = (splits !== undefined && split === undefined) || (hasClasses && parts.length <= depth + 1);
    if (beside && unplaced === 'keep') {
      placed.push({ file, source });
    } else if (splits !== undefined && split === undefined) {
      skipped.push({
        file,
        reason: `stands beside the split folders ${[...splits.keys()].join(', ')}: move it into one`,
      });
    } else if (hasClasses && parts.length <= depth + 1) {
      skipped.push({ file, reason: 'stands beside the class folders, so it has no class: move it into one' });
    } else {
      placed.push({
        file,
        source,
        ...(hasClasses ? { className: parts[depth]!.normalize('NFC') } : {}),
        ...(split === undefined ? {} : { split }),
      });
    }
  }
  return { placed, skipped };
}

function isBelow(file: string, depth: number): boolean {
  return file.split('/').length > depth + 1;
}

/** Which first-level folders are splits; undefined where they are classes. */
function splitFolders(found: readonly Found[]): Map<string, Split> | undefined {
  const folders = new Set<string>();
  for (const { file } of found) {
    const end = file.indexOf('/');
    if (end >= 0) folders.add(file.slice(0, end));
  }
  const splits = new Map<string, Split>();
  for (const folder of folders) {
    const split = splitNamed(folder);
    if (split !== undefined) splits.set(folder, split);
  }
  const kinds = new Set(splits.values());
  const all = splits.size > 0 && splits.size === folders.size;
  return all || (kinds.size >= 2 && kinds.has('train')) ? splits : undefined;
}

/** Where a group comes from a path: the first capture of a regular expression. Undefined where it does not match. */
function groupByPath(pattern: RegExp, file: string): string | undefined {
  pattern.lastIndex = 0;
  const match = pattern.exec(file);
  return match === null ? undefined : (match[1] ?? match[0]);
}

/** Turns class names into indices and gives the examples their groups. */
export function toExamples(
  placed: readonly (Placed & { readonly group?: string })[],
  classes: readonly string[],
  pattern: RegExp | undefined,
): Example[] {
  const indexOf = new Map(classes.map((name, index) => [name, index]));
  return placed.map(({ file, source, className, split, group }) => {
    const named = pattern === undefined ? group : groupByPath(pattern, file);
    return {
      file,
      source,
      label: className === undefined ? -1 : indexOf.get(className)!,
      ...(split === undefined ? {} : { split }),
      ...(named === undefined ? {} : { group: named }),
    };
  });
}
