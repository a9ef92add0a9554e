import { join } from 'node:path';
import { type Device, parseDevice } from '../runtime/index.ts';
import { type Cache, codesFolder } from './cache/cache.ts';
import { CodeStore } from './cache/code-store.ts';
import { KEY_BYTES } from './cache/row-index.ts';
import { storedCodes } from './cache/stored-codes.ts';
import type { CodeSource } from './code-source.ts';
import { type ExtractionPlan, storeName } from './plan.ts';

/**
 * Codes of images whose files are not at hand, from the cache alone, by the SHA-256 of their bytes.
 *
 * @param hashes 32 bytes an image
 * @returns the codes in the order of the hashes; undefined where any of them is not in the cache
 * @example
 * const codes = recall(hashes, plan, openCache());
 */
export function recall(
  hashes: Uint8Array,
  plan: ExtractionPlan,
  cache: Cache,
  device: Device = 'cpu',
): CodeSource | undefined {
  const channels = plan.taps.map((tap) => tap.channels);
  const store = CodeStore.open(join(codesFolder(cache), storeName(plan, parseDevice(device))), channels);
  const count = hashes.length / KEY_BYTES;
  const rows = Int32Array.from({ length: count }, (_, i) => store.find(hashes, i * KEY_BYTES));
  if (!rows.every((row) => row >= 0 && store.verify(row))) {
    store.close();
    return undefined;
  }
  const kept = Int32Array.from({ length: count }, (_, i) => i);
  return storedCodes(store, plan.taps, { kept, rows, hashes, skipped: [], computed: 0 });
}
