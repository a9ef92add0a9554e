import { type Context, quietContext } from '../base/index.ts';
import { type Cache, openCache } from '../features/index.ts';
import type { Follow } from './offload.ts';
import type { CommonOptions } from './options.ts';

/** The context of a use case that has no budget. */
export function contextOf(follow: Follow, seed = 0): Context {
  return quietContext({
    seed,
    ...(follow.signal !== undefined && { signal: follow.signal }),
    ...(follow.report !== undefined && { report: follow.report }),
  });
}

/** The cache that the options name. */
export function cacheOf({ cache, cacheLimit }: CommonOptions): Cache {
  return openCache({
    ...(cache !== undefined && { directory: cache }),
    ...(cacheLimit !== undefined && { limit: cacheLimit }),
  });
}
