import { UnionFind } from '../union-find.ts';

/** Bytes of a SHA-256. */
const HASH_BYTES = 32;

/**
 * Groups of files with the same bytes.
 *
 * @param hashes SHA-256 of each file, 32 bytes a row.
 * @returns Groups of two or more row indices, ascending, in order of their first.
 */
export function exactDuplicates(hashes: Uint8Array): number[][] {
  const rows = hashes.length / HASH_BYTES;
  if (!Number.isInteger(rows))
    throw new RangeError(`Cannot read hashes: ${hashes.length} bytes are no rows of ${HASH_BYTES}`);
  const view = new DataView(hashes.buffer, hashes.byteOffset, hashes.byteLength);
  const sets = new UnionFind(rows);
  // Open addressing: a hash is uniform already, so its first bytes are the slot.
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, rows * 2)))).fill(-1);
  for (let row = 0; row < rows; row++) {
    let slot = view.getUint32(row * HASH_BYTES) & (slots.length - 1);
    while (slots[slot]! >= 0 && !sameRow(hashes, slots[slot]!, row)) slot = (slot + 1) & (slots.length - 1);
    if (slots[slot]! < 0) slots[slot] = row;
    else sets.unite(slots[slot]!, row);
  }
  return sets.groups();
}

function sameRow(hashes: Uint8Array, a: number, b: number): boolean {
  for (let k = 0; k < HASH_BYTES; k++) if (hashes[a * HASH_BYTES + k] !== hashes[b * HASH_BYTES + k]) return false;
  return true;
}
