import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, messageOf } from '../../base/index.ts';
import type { Dataset, Skipped } from '../dataset.ts';
import { compareNatural } from '../natural.ts';
import { type Found, placeByFolders } from './layout.ts';
import { isJunk, reasonByName } from './names.ts';
import { groupPattern, type ReadOptions, throwIfAborted, toDataset } from './options.ts';
import { mapLimited } from './pool.ts';

/** How many stat calls are in flight: enough to hide the latency of network drives, few enough for file descriptors. */
const STATS_IN_FLIGHT = 32;

/**
 * Lists class folders, class folders below train/val/test, or a flat folder without labels (`placeByFolders`). Nothing is
 * opened but directories. Links are followed, each directory is read once, and what is left out is listed with its reason.
 *
 * @throws AbortedError when the signal is aborted, InputError where `group` names a column.
 */
export async function readFolder(root: string, options: ReadOptions = {}): Promise<Dataset> {
  const pattern = groupPattern(options.group, 'a folder');
  const walk = await walkFolder(root, options);
  const { placed, skipped } = placeByFolders(walk.found, options.unplaced);
  return toDataset(root, placed, [...walk.skipped, ...skipped], pattern);
}

interface Walk {
  readonly root: string;
  readonly options: ReadOptions;
  readonly found: Found[];
  readonly skipped: Skipped[];
  /** Real paths of the directories read so far: a link back to one of them is a loop or a copy. */
  readonly visited: Map<string, string>;
  /** Folders to read, as paths below the root. Those behind links wait for the real ones, which then own their files. */
  readonly folders: string[];
  readonly linked: string[];
}

async function walkFolder(root: string, options: ReadOptions): Promise<Walk> {
  const walk: Walk = { root, options, found: [], skipped: [], visited: new Map(), folders: [''], linked: [] };
  for (;;) {
    const folder = walk.folders.pop() ?? walk.linked.pop();
    if (folder === undefined) break;
    throwIfAborted(options.signal);
    await readOne(walk, folder);
    options.report?.({ step: 'Listing files', done: walk.found.length, unit: 'files' });
  }
  for (const empty of emptyFolders([...walk.visited.values()], walk.found)) walk.skipped.push(empty);
  return walk;
}

async function readOne(walk: Walk, folder: string): Promise<void> {
  let entries: Dirent[];
  try {
    const real = await realpath(join(walk.root, folder));
    const before = walk.visited.get(real);
    if (before !== undefined) {
      const reason = `a link to ${before === '' ? 'the root' : before}, which is read already`;
      walk.skipped.push({ file: `${folder}/`, reason });
      return;
    }
    entries = await readdir(join(walk.root, folder), { withFileTypes: true });
    walk.visited.set(real, folder);
  } catch (error) {
    if (folder === '') throw new InputError(`Cannot read ${walk.root} (${codeOf(error)})`, { cause: error });
    walk.skipped.push({ file: `${folder}/`, reason: `the folder cannot be read (${codeOf(error)})` });
    return;
  }
  // In reverse, since folders are taken from the end: of two links to one place the first by name owns its files.
  const visible = entries.filter(({ name }) => !isJunk(name)).sort((a, b) => compareNatural(b.name, a.name));
  const files: Dirent[] = [];
  for (const entry of visible) {
    if (entry.isDirectory()) walk.folders.push(below(folder, entry.name));
    else files.push(entry);
  }
  await mapLimited(files, STATS_IN_FLIGHT, (entry) => place(walk, folder, entry));
}

/** Folders with no image anywhere below them; of nested ones the outermost. */
export function emptyFolders(folders: readonly string[], found: readonly Found[]): Skipped[] {
  const full = new Set(['']);
  for (const { file } of found) {
    for (
      let end = file.lastIndexOf('/');
      end > 0 && !full.has(file.slice(0, end));
      end = file.lastIndexOf('/', end - 1)
    ) {
      full.add(file.slice(0, end));
    }
  }
  return folders
    .filter((folder) => !full.has(folder) && full.has(folder.slice(0, Math.max(0, folder.lastIndexOf('/')))))
    .map((folder) => ({ file: `${folder}/`, reason: 'the folder has no images' }));
}

async function place(walk: Walk, folder: string, entry: Dirent): Promise<void> {
  throwIfAborted(walk.options.signal);
  const file = below(folder, entry.name);
  const path = join(walk.root, file);
  try {
    const byName = entry.isFile() ? reasonByName(entry.name) : undefined;
    if (byName !== undefined) {
      walk.skipped.push({ file, reason: byName });
      return;
    }
    const stats = await stat(path);
    if (stats.isDirectory()) {
      walk.linked.push(file);
    } else if (!stats.isFile()) {
      walk.skipped.push({ file, reason: 'not a regular file' });
    } else {
      const reason = reasonByName(entry.name);
      if (reason !== undefined) walk.skipped.push({ file, reason });
      else walk.found.push({ file, source: fileSource(path, stats) });
    }
  } catch (error) {
    const code = codeOf(error);
    const reason =
      entry.isSymbolicLink() && (code === 'ENOENT' || code === 'ELOOP')
        ? 'a link that leads nowhere'
        : unreadable(entry.name, code);
    walk.skipped.push({ file, reason });
  }
}

function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** Bytes that are no UTF-8 come from the file system as U+FFFD, and the name then finds nothing. */
function unreadable(name: string, code: string): string {
  return name.includes('\ufffd') ? 'its name is not valid UTF-8: rename it' : `cannot be read (${code})`;
}

/** A file on disk with what the cache needs to notice that it changed. */
export function fileSource(path: string, stats: { size: number; mtimeMs: number; ino: number }): Found['source'] {
  return { kind: 'file', path, size: stats.size, mtimeMs: stats.mtimeMs, inode: stats.ino };
}

/** `ENOENT`, or the message where there is no code. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : messageOf(error);
}
