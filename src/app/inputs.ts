import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Context, InputError } from '../base/index.ts';
import type { Example, Skipped } from '../data/index.ts';
import { listImages } from './images.ts';

/** Images to predict: named as the user named them. */
export interface Inputs {
  readonly examples: readonly Example[];
  readonly skipped: readonly Skipped[];
}

const COLLECTION = /\.(csv|tsv|jsonl|ndjson|zip)$/i;

/** Lists single images, and what is in folders, lists and archives. */
export async function listInputs(paths: readonly string[], context: Context): Promise<Inputs> {
  const examples: Example[] = [];
  const skipped: Skipped[] = [];
  for (const path of paths) {
    const found = await stat(path).catch((cause: unknown) => {
      throw new InputError(`Cannot read ${path}: there is no such file or folder`, { fix: 'Check the path', cause });
    });
    if (found.isFile() && !COLLECTION.test(path)) {
      const { size, mtimeMs, ino } = found;
      examples.push({ file: path, source: { kind: 'file', path, size, mtimeMs, inode: ino }, label: -1 });
      continue;
    }
    const dataset = await listImages(path, {}, context, 'optional', 'keep');
    const named = (file: string) => {
      if (found.isDirectory()) return join(path, file);
      // A list names files by itself; what is in an archive has no other name.
      return path.toLowerCase().endsWith('.zip') ? `${basename(path)}/${file}` : file;
    };
    for (const example of dataset.examples) examples.push({ ...example, file: named(example.file) });
    for (const { file, reason } of dataset.skipped) skipped.push({ file: named(file), reason });
  }
  return { examples, skipped };
}
