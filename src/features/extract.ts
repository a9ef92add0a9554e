import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../base/index.ts';
import type { Example } from '../data/index.ts';
import { type Device, parseDevice } from '../runtime/index.ts';
import { type Cache, codesFolder, fileIndexPath } from './cache/cache.ts';
import { CodeStore } from './cache/code-store.ts';
import { enforceLimit } from './cache/evict.ts';
import { FileIndex } from './cache/file-index.ts';
import type { WriteAt } from './cache/segment.ts';
import { segmentsOf, storedCodes } from './cache/stored-codes.ts';
import type { CodeSource } from './code-source.ts';
import { startPool } from './extract-pool.ts';
import { Extraction } from './extraction.ts';
import { type ExtractionPlan, storeName } from './plan.ts';

export interface ExtractOptions {
  /** Worker threads; default one a core, at most 16, and not more than there is work for. */
  readonly workers?: number;
  /** Threads within each worker's runs; default the cores divided among the workers. */
  readonly threads?: number;
  /** Default `cpu`. */
  readonly device?: Device;
  /** For tests: how segments are written. */
  readonly write?: WriteAt;
}

/** Each holds a session, about 100 MB for the default network. */
const MOST_WORKERS = 16;

/** How work is cut: images in one run, and images under way for each worker (one runs, others are read and decoded). */
const LAYOUT = {
  // On a processor single images are as fast as batches of 4 or 8 (within the noise of 10 %, two workers on two cores),
  // are independent of their neighbours to the last bit, and bound the wait for a native call to one image.
  cpu: { batch: 1, inFlight: 4 },
  accelerator: { batch: 16, inFlight: 48 },
};

/**
 * Codes of all images at all taps of a plan, computed once: what the cache holds is not computed again, and files whose
 * size, time and inode are known are not even read. Images that cannot be used are listed in the result, not thrown.
 * Interrupted at any moment, the next call goes on from there; equal file contents are computed once.
 *
 * @throws AbortedError when the context's signal is aborted; BudgetError when its deadline comes first; InputError when
 *   the cache cannot be written (a full disk). All leave what was computed so far in the cache.
 * @example
 * const source = await extract(dataset.examples, plan, openCache(), context);
 * for (const block of source.codes(['stage4.block1/relu']).blocks()) use(block.data);
 * source.close();
 */
export async function extract(
  examples: readonly Example[],
  plan: ExtractionPlan,
  cache: Cache,
  context: Context,
  options: ExtractOptions = {},
): Promise<CodeSource> {
  const device = parseDevice(options.device ?? 'cpu');
  const channels = plan.taps.map((tap) => tap.channels);
  const store = CodeStore.open(join(codesFolder(cache), storeName(plan, device)), channels, options.write);
  try {
    const extraction = new Extraction(examples, plan, store, new FileIndex(fileIndexPath(cache)), context);
    const missing = await extraction.recall();
    if (missing > 0) {
      const { batch, inFlight } = device === 'cpu' ? LAYOUT.cpu : LAYOUT.accelerator;
      const cores = availableParallelism();
      const most = options.workers ?? (device === 'cpu' ? Math.min(cores, MOST_WORKERS) : 1);
      const workers = Math.max(1, Math.min(most, Math.ceil(missing / inFlight)));
      const threads = options.threads ?? Math.max(1, Math.floor(cores / workers));
      const pool = startPool(workers, { model: plan.model, view: plan.view, device, threads, batch });
      await extraction.compute(pool, workers, inFlight);
    }
    const rows = extraction.result();
    enforceLimit(cache, new Set(store.touch(segmentsOf(store, rows.rows))));
    return storedCodes(store, plan.taps, rows);
  } catch (error) {
    store.close();
    throw error;
  }
}
