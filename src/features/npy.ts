import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { RowBlocks } from '../base/index.ts';
import { diskError } from './cache/disk-error.ts';

const DESCRIPTIONS = { float32: '<f4', uint8: '|u1', int32: '<i4' } as const;

const FIXES = {
  full: 'Free some space, or name a file on another disk',
  forbidden: 'Name a file in a folder that you may write to',
  other: 'Name another file',
};

/**
 * Header of a NumPy array file, format 1.0 (numpy.lib.format): magic, version, length, then a Python literal padded so
 * that the data starts at a multiple of 64.
 */
export function npyHeader(dtype: keyof typeof DESCRIPTIONS, dims: readonly number[]): Buffer {
  const shape = dims.length === 1 ? `(${dims[0]},)` : `(${dims.join(', ')})`;
  const literal = `{'descr': '${DESCRIPTIONS[dtype]}', 'fortran_order': False, 'shape': ${shape}, }`;
  const length = Math.ceil((10 + literal.length + 1) / 64) * 64;
  const header = Buffer.alloc(length, ' ');
  header.write('\u0093NUMPY', 0, 'latin1');
  header[6] = 1;
  header[7] = 0;
  header.writeUInt16LE(length - 10, 8);
  header.write(literal, 10, 'latin1');
  header[length - 1] = 0x0a;
  return header;
}

/**
 * Writes an array to a `.npy` file piece by piece; the file appears under its name once it is complete.
 *
 * @param pieces typed arrays that follow one another, together as long as `dims` says
 * @throws InputError when the disk refuses
 */
export function writeNpy(
  path: string,
  dtype: keyof typeof DESCRIPTIONS,
  dims: readonly number[],
  pieces: Iterable<NodeJS.TypedArray>,
): void {
  const partial = `${path}.${process.pid}.partial`;
  try {
    const fd = openSync(partial, 'w');
    try {
      writeAll(fd, npyHeader(dtype, dims));
      for (const piece of pieces) writeAll(fd, new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw diskError('write', path, error, undefined, FIXES);
  }
}

/**
 * Writes codes as float32 [rows, cols], whatever their number.
 *
 * @example
 * writeCodes('codes.npy', source.codes(['stage4.block1/relu']));
 */
export function writeCodes(path: string, codes: RowBlocks): void {
  function* pieces() {
    for (const block of codes.blocks()) yield block.data;
  }
  writeNpy(path, 'float32', [codes.rows, codes.cols], pieces());
}

function writeAll(fd: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done);
}
