import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'csv-parse';
import { InputError, messageOf } from '../../base/index.ts';
import type { Dataset, Skipped } from '../dataset.ts';
import { codeOf, fileSource } from './folder.ts';
import type { Placed } from './layout.ts';
import { reasonByName, splitNamed } from './names.ts';
import { type ReadOptions, throwIfAborted, toDataset } from './options.ts';
import { mapLimited } from './pool.ts';

const PATH_COLUMNS = ['path', 'file', 'image', 'filename'];
const LABEL_COLUMNS = ['label', 'class', 'target', 'category'];

const STATS_IN_FLIGHT = 32;

/** Longest line of a list: far above any path, and it keeps a binary file named `.csv` from filling memory. */
const LINE_LIMIT = 1 << 20;

/** A row of a list by its columns, with the line of the file where it ends. */
interface Row {
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

interface Columns {
  readonly path: string;
  readonly label: string | undefined;
  readonly split: string | undefined;
  readonly group: string | undefined;
}

/**
 * Reads a CSV, TSV or JSONL list of images: a column `path`, `file`, `image` or `filename`, and a column `label`, `class`,
 * `target` or `category`; columns `split` and `group` where there are any. Paths are relative to the list's folder;
 * absolute ones and `..` are followed, since the list is the user's own. Files that are missing are listed, not thrown.
 *
 * @throws InputError where a column is missing (it names those that are there), a line cannot be parsed or a split is unknown.
 */
export async function readList(list: string, options: ReadOptions = {}): Promise<Dataset> {
  const skipped: Skipped[] = [];
  const rows: (Omit<Placed, 'source'> & { readonly group?: string; readonly line: number })[] = [];
  const seen = new Map<string, { line: number; className: string | undefined }>();
  let columns: Columns | undefined;
  for await (const row of isJsonLines(list) ? jsonRows(list) : csvRows(list)) {
    if (rows.length % 1024 === 0) throwIfAborted(options.signal);
    columns ??= findColumns(list, Object.keys(row.cells), options);
    const file = row.cells[columns.path]?.trim() ?? '';
    const className = columns.label === undefined ? undefined : row.cells[columns.label]?.trim().normalize('NFC');
    if (file === '' || className === '') {
      skipped.push({
        file: file || `${basename(list)}:${row.line}`,
        reason: `line ${row.line} has no ${file === '' ? columns.path : columns.label}`,
      });
      continue;
    }
    if (columns.label !== undefined && className === undefined) {
      skipped.push({ file, reason: `line ${row.line} has no ${columns.label}` });
      continue;
    }
    const before = seen.get(file);
    if (before !== undefined) {
      const conflict = before.className === className ? '' : ` as ${before.className}, here as ${className}`;
      skipped.push({ file, reason: `line ${row.line} lists it again (first on line ${before.line}${conflict})` });
      continue;
    }
    seen.set(file, { line: row.line, className });
    const split = splitOf(list, row, columns.split);
    const group = columns.group === undefined ? '' : (row.cells[columns.group]?.trim() ?? '');
    rows.push({
      file,
      line: row.line,
      ...(className === undefined ? {} : { className }),
      ...(split === undefined ? {} : { split }),
      ...(group === '' ? {} : { group }),
    });
  }
  const placed = await mapLimited(rows, STATS_IN_FLIGHT, async ({ line, ...row }): Promise<Placed[]> => {
    throwIfAborted(options.signal);
    if (line % 1024 === 0) options.report?.({ step: 'Listing files', done: line, unit: 'files' });
    const found = await locate(dirname(list), row.file);
    if (typeof found !== 'string') return [{ ...row, file: row.file.replaceAll('\\', '/'), source: found }];
    skipped.push({ file: row.file, reason: `${found} (line ${line})` });
    return [];
  });
  return toDataset(list, placed.flat(), skipped, options.group instanceof RegExp ? options.group : undefined);
}

function isJsonLines(list: string): boolean {
  return ['.jsonl', '.ndjson'].includes(extname(list).toLowerCase());
}

function findColumns(list: string, found: readonly string[], options: ReadOptions): Columns {
  const has = `it has ${found.length === 0 ? 'none' : found.map((name) => `'${name}'`).join(', ')}`;
  const named = (name: string | undefined, flag: string): string | undefined => {
    if (name === undefined || found.includes(name)) return name;
    throw new InputError(`Cannot find the ${flag} column '${name}' in ${list}: ${has}`, {
      fix: `Name one of its columns as ${flag}`,
    });
  };
  const known = (names: readonly string[]) => found.find((column) => names.includes(column.trim().toLowerCase()));
  const path = known(PATH_COLUMNS);
  if (path === undefined) {
    throw new InputError(`Cannot find a column of image paths in ${list}: ${has}`, {
      fix: `Name it ${PATH_COLUMNS.join(', ')}`,
    });
  }
  const label = named(options.target, 'target') ?? known(LABEL_COLUMNS);
  if (label === undefined && options.labels !== 'optional') {
    throw new InputError(`Cannot find a column of labels in ${list}: ${has}`, {
      fix: `Name it ${LABEL_COLUMNS.join(', ')}, or say which one it is as target`,
    });
  }
  return {
    path,
    label,
    split: named(options.split, 'split') ?? known(['split']),
    group: options.group instanceof RegExp ? undefined : (named(options.group, 'group') ?? known(['group'])),
  };
}

function splitOf(list: string, row: Row, column: string | undefined) {
  const cell = column === undefined ? '' : (row.cells[column] ?? '').trim();
  if (cell === '') return undefined;
  const split = splitNamed(cell);
  if (split !== undefined) return split;
  throw new InputError(`Cannot read ${list}, line ${row.line}: '${cell}' is no split`, {
    fix: 'Write train, validation or test, or leave the cell empty',
  });
}

/** The file that a cell names, or why there is none. */
async function locate(folder: string, file: string): Promise<Placed['source'] | string> {
  const byName = reasonByName(basename(file));
  if (byName !== undefined) return byName;
  // Lists written elsewhere: other Unicode forms (macOS decomposes names) and backslashes.
  for (const spelling of new Set([file, file.normalize('NFC'), file.normalize('NFD'), file.replaceAll('\\', '/')])) {
    try {
      const path = resolve(folder, spelling);
      const stats = await stat(path);
      return stats.isFile() ? fileSource(path, stats) : 'not a regular file';
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'ENOENT' && code !== 'ENOTDIR') return `cannot be read (${code})`;
    }
  }
  return 'there is no such file';
}

async function* csvRows(list: string): AsyncGenerator<Row> {
  const parser = parse({
    bom: true,
    delimiter: await delimiterOf(list),
    info: true,
    max_record_size: LINE_LIMIT,
    relax_column_count_less: true,
    skip_empty_lines: true,
    columns: (names: string[]) => names.map((name) => name.trim()),
  });
  const input = createReadStream(list);
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: Record<string, string>;
      info: { lines: number };
    }>) {
      yield { line: info.lines, cells: record };
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`Cannot read ${list}: ${messageOf(error)}`, { cause: error });
  } finally {
    input.destroy();
  }
}

/** Comma, semicolon (spreadsheets in much of Europe) or tab: whichever the first line has most. */
async function delimiterOf(list: string): Promise<string> {
  const handle = await open(list);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(65536), 0, 65536, 0);
    const header = buffer
      .toString('utf8', 0, bytesRead)
      .split(/\r?\n/, 1)[0]!
      .replaceAll(/"[^"]*"/g, '');
    const count = (delimiter: string) => header.split(delimiter).length;
    return [',', ';', '\t'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
  } finally {
    await handle.close();
  }
}

async function* jsonRows(list: string): AsyncGenerator<Row> {
  const input = createReadStream(list, 'utf8');
  let line = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      line++;
      const trimmed = text.replace(/^\ufeff/, '').trim();
      if (trimmed !== '') yield { line, cells: jsonCells(list, line, trimmed) };
    }
  } finally {
    input.destroy();
  }
}

function jsonCells(list: string, line: number, text: string): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(`Cannot read ${list}, line ${line}: ${messageOf(error)}`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError(`Cannot read ${list}, line ${line}: not a JSON object`, {
      fix: 'Write one object a line, such as {"path": "ants/1.jpg", "label": "ants"}',
    });
  }
  const cells: Record<string, string> = {};
  for (const [key, cell] of Object.entries(value)) {
    if (cell !== null && typeof cell !== 'object') cells[key] = String(cell);
  }
  return cells;
}
