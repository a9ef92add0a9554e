import { join } from 'node:path';
import envPaths from 'env-paths';

/** 20 GB: the codes of about a million images at all taps of a small network. */
const DEFAULT_LIMIT = 20e9;

/** Where computed codes are kept between runs, and how much of them. */
export interface Cache {
  readonly directory: string;
  /** Bytes; what was used longest ago goes first. What the current run uses stays, however large. */
  readonly limit: number;
}

/**
 * The cache to use: `directory`, else the environment's GRAFTWORK_CACHE, else the system's place for caches.
 *
 * @example
 * openCache({ limit: 5e9 });
 */
export function openCache(options: { readonly directory?: string; readonly limit?: number } = {}): Cache {
  const directory =
    options.directory ?? (process.env.GRAFTWORK_CACHE || undefined) ?? envPaths('graftwork', { suffix: '' }).cache;
  return { directory, limit: options.limit ?? DEFAULT_LIMIT };
}

/** The folder of all stored codes. */
export function codesFolder(cache: Cache): string {
  return join(cache.directory, 'codes');
}

export function fileIndexPath(cache: Cache): string {
  return join(cache.directory, 'files.index');
}
