import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { InputError } from '../base/index.ts';
import type { Dataset } from './dataset.ts';
import { codeOf, fileSource, readFolder } from './readers/folder.ts';
import { readList } from './readers/list.ts';
import { groupPattern, type ReadOptions, toDataset } from './readers/options.ts';
import { readZip } from './readers/zip.ts';

/**
 * Lists the user's images, without reading a pixel: a folder (`readFolder`), a CSV, TSV or JSONL list (`readList`), a zip
 * archive (`readZip`), or one image file. What is left out stands in `skipped` with the reason.
 *
 * @throws InputError where nothing is at the path or nothing there may be an image; AbortedError when the signal is aborted.
 * @example
 * const dataset = await readDataset('photos');
 * console.log(dataset.classes, dataset.examples.length);
 */
export async function readDataset(path: string, options: ReadOptions = {}): Promise<Dataset> {
  const dataset = await dispatch(path, options);
  const first = dataset.skipped[0];
  if (dataset.examples.length === 0) {
    const left = first === undefined ? 'it is empty' : `${first.file}: ${first.reason}`;
    const more = dataset.skipped.length > 1 ? ` (and ${dataset.skipped.length - 1} more)` : '';
    throw new InputError(`Cannot find images in ${path}: ${left}${more}`, {
      fix: 'Name a folder with one folder of images for each class, a CSV or JSONL list, or a zip archive',
    });
  }
  return dataset;
}

async function dispatch(path: string, options: ReadOptions): Promise<Dataset> {
  let stats: Awaited<ReturnType<typeof stat>>;
  try {
    stats = await stat(path);
  } catch (error) {
    const code = codeOf(error);
    throw new InputError(`Cannot read ${path}: ${code === 'ENOENT' ? 'nothing is there' : code}`, { cause: error });
  }
  if (stats.isDirectory()) return readFolder(path, options);
  if (!stats.isFile()) throw new InputError(`Cannot read ${path}: it is neither a file nor a folder`);
  switch (extname(path).toLowerCase()) {
    case '.csv':
    case '.tsv':
    case '.jsonl':
    case '.ndjson':
      return readList(path, options);
    case '.zip':
      return readZip(path, options);
    default: {
      const pattern = groupPattern(options.group, 'a single image');
      return toDataset(path, [{ file: basename(path), source: fileSource(path, stats) }], [], pattern);
    }
  }
}
