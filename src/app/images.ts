import { type Context, formatCount, InputError } from '../base/index.ts';
import { type Dataset, type Example, readDataset, type Skipped, type View } from '../data/index.ts';
import { type Cache, type CodeSource, type ExtractOptions, extract } from '../features/index.ts';
import { parseDevice } from '../runtime/index.ts';
import type { Network } from './network.ts';
import type { CommonOptions, DataOptions } from './options.ts';

/** The images of a data set that could be read, with their codes. Row i of everything is the same image. */
export interface Images {
  /** Classes of which at least one image could be read. */
  readonly classes: readonly string[];
  /** The others. */
  readonly emptyClasses: readonly string[];
  readonly examples: readonly Example[];
  /** −1 where there is no label. */
  readonly labels: Int32Array;
  readonly view: View['id'];
  readonly codes: CodeSource;
  readonly skipped: readonly Skipped[];
}

/** Lists the user's data. */
export function listImages(
  path: string,
  options: DataOptions,
  context: Context,
  labels: 'required' | 'optional',
  unplaced: 'skip' | 'keep' = 'skip',
): Promise<Dataset> {
  const { target, group } = options;
  return readDataset(path, {
    labels,
    unplaced,
    signal: context.signal,
    report: context.report,
    ...(target !== undefined && { target }),
    ...(group !== undefined && { group: groupOf(path, group) }),
  });
}

/** A list has columns; folders and archives have paths, which a regular expression reads. */
function groupOf(path: string, group: string): string | RegExp {
  if (/\.(csv|tsv|jsonl|ndjson)$/i.test(path) && !/[()\\[\]]/.test(group)) return group;
  try {
    return new RegExp(group, 'u');
  } catch (error) {
    throw new InputError(`Cannot group by ${group}: not a regular expression`, {
      cause: error,
      fix: 'Escape special characters with a backslash',
    });
  }
}

/** Computes (or finds in the cache) the codes of all images of a list. */
export async function codesOf(
  dataset: Dataset,
  network: Network,
  view: View['id'],
  options: CommonOptions,
  cache: Cache,
  context: Context,
): Promise<Images> {
  const codes = await extract(dataset.examples, network.plan(view), cache, context, extractOptions(options));
  const examples = Array.from(codes.kept, (i) => dataset.examples[i]!);
  const seen = new Set(examples.map(({ label }) => label));
  const classes = dataset.classes.filter((_, label) => seen.has(label));
  const place = dataset.classes.map((name) => classes.indexOf(name));
  return {
    classes,
    emptyClasses: dataset.classes.filter((name) => !classes.includes(name)),
    view,
    examples,
    labels: Int32Array.from(examples, ({ label }) => place[label] ?? -1),
    codes,
    skipped: [...dataset.skipped, ...codes.skipped],
  };
}

/** SHA-256 of a row's image file, in hexadecimal. */
export function sha256At({ codes }: Images, row: number): string {
  return Buffer.from(codes.hashes.subarray(32 * row, 32 * row + 32)).toString('hex');
}

function extractOptions({ device, workers }: CommonOptions): ExtractOptions {
  return { device: parseDevice(device ?? 'cpu'), ...(workers !== undefined && { workers }) };
}

/** Throws where the data cannot be learnt from: fewer than two classes, or too few images. */
export function checkLabelled({ classes, examples, root, skipped }: Dataset): void {
  const labelled = examples.filter(({ label }) => label >= 0).length;
  if (classes.length >= 2 && labelled >= 4) return;
  if (classes.length >= 2) {
    throw new InputError(`Cannot learn from ${root}: ${labelled} labelled images of ${classes.length} classes`, {
      fix: 'Give at least two different images of each class; twenty are a start',
    });
  }
  const found = `${formatCount(examples.length, 'image')} and ${formatCount(classes.length, 'class', 'classes')} found${skipped.length > 0 ? `, ${skipped.length} files skipped (the first: ${skipped[0]!.file}: ${skipped[0]!.reason})` : ''}`;
  throw new InputError(`Cannot learn from ${root}: ${found}`, {
    fix: 'Give a folder with one folder of images a class, such as photos/ants/1.jpg and photos/bees/1.jpg, or a CSV with the columns path and label',
  });
}
