/** Bytes of a key: a SHA-256. */
export const KEY_BYTES = 32;

/**
 * Numbers the rows of a store and finds them by key, in about 60 bytes a row: open addressing with linear probing over
 * typed arrays. Keys are SHA-256 values, so their first four bytes are hash enough. Of equal keys the latest counts.
 */
export class RowIndex {
  #count = 0;
  #keys = new Uint8Array(1024 * KEY_BYTES);
  /** Row + 1; 0 is free. */
  #slots = new Int32Array(4096);

  /** Number of rows; the next row added gets this number. */
  get count(): number {
    return this.#count;
  }

  /** Adds the key at `offset` of `bytes` as the next row and returns the row's number. */
  add(bytes: Uint8Array, offset = 0): number {
    const row = this.#count++;
    if (this.#count * KEY_BYTES > this.#keys.length) this.#keys = enlarged(this.#keys);
    this.#keys.set(bytes.subarray(offset, offset + KEY_BYTES), row * KEY_BYTES);
    if (this.#count * 2 > this.#slots.length) this.#rebuild(this.#slots.length * 2);
    else this.#slots[this.#slotOf(bytes, offset)] = row + 1;
    return row;
  }

  /** The row of the key at `offset` of `bytes`, −1 if there is none. */
  find(bytes: Uint8Array, offset = 0): number {
    return this.#slots[this.#slotOf(bytes, offset)]! - 1;
  }

  /** Copies the key of a row to `target` at `offset`. */
  copyKey(row: number, target: Uint8Array, offset: number): void {
    target.set(this.#keys.subarray(row * KEY_BYTES, (row + 1) * KEY_BYTES), offset);
  }

  #slotOf(bytes: Uint8Array, offset: number): number {
    const mask = this.#slots.length - 1;
    const start = bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24);
    let slot = start & mask;
    while (this.#slots[slot] !== 0 && !this.#hasKey(this.#slots[slot]! - 1, bytes, offset)) slot = (slot + 1) & mask;
    return slot;
  }

  #hasKey(row: number, bytes: Uint8Array, offset: number): boolean {
    const start = row * KEY_BYTES;
    for (let i = 0; i < KEY_BYTES; i++) if (this.#keys[start + i] !== bytes[offset + i]) return false;
    return true;
  }

  #rebuild(size: number): void {
    this.#slots = new Int32Array(size);
    for (let row = 0; row < this.#count; row++) this.#slots[this.#slotOf(this.#keys, row * KEY_BYTES)] = row + 1;
  }
}

function enlarged(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}
