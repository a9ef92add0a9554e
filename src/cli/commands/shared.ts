import { type Command, Option } from 'commander';
import { parseInteger, parseSize } from '../arguments.ts';

/** The flags that every command has, with one meaning everywhere. */
export interface CommonFlags {
  readonly json?: boolean;
  readonly device?: string;
  readonly workers?: number;
}

/** The flags of what computes codes. */
export interface CacheFlags {
  readonly cache?: string;
  readonly cacheLimit?: number;
}

/** @param workers what the threads do, and how many there are by default */
export function addCommonFlags(command: Command, workers = 'threads of one run (default: 2)'): Command {
  return command
    .option('--json', 'print one JSON object on standard output; progress goes to standard error')
    .addOption(
      new Option('--device <name>', 'where graftwork runs')
        .choices(['cpu', 'cuda', 'dml', 'coreml', 'webgpu'])
        .default('cpu'),
    )
    .option('--workers <count>', workers, parseInteger(1));
}

export function addCacheFlags(command: Command): Command {
  return addCommonFlags(command, 'worker threads that decode and run the network (default: one per core)')
    .option('--cache <folder>', "where codes are kept (default: the user's cache folder, or $GRAFTWORK_CACHE)")
    .option(
      '--cache-limit <size>',
      'the most the cache may hold, such as 10GB; least recently used goes first',
      parseSize,
    );
}

/** How labelled data is read. */
export interface DataFlags {
  readonly target?: string;
  readonly group?: string;
}

export function addDataFlags(command: Command): Command {
  return command
    .option('--target <column>', 'the column of the label in a CSV or JSONL list')
    .option(
      '--group <column|regexp>',
      'images of one group (a patient, a video) never stand on both sides of a split: a column, or a regular expression whose first capture names the group',
    );
}

/** Copies the flags that were given: an absent flag stays absent. */
export function given<Flags extends object>(flags: Flags): { [Key in keyof Flags]: Exclude<Flags[Key], undefined> } {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)) as never;
}
