import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { asBlocks, InputError } from '../base/index.ts';
import { npyHeader, writeCodes, writeNpy } from './npy.ts';

const folder = mkdtempSync(join(tmpdir(), 'graftwork-npy-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('writes the header that numpy.save writes', () => {
  // numpy.save(f, numpy.zeros((3, 5), numpy.float32)), NumPy 2.4: the first 128 bytes.
  const expected = `\u0093NUMPY\u0001\u0000\u0076\u0000{'descr': '<f4', 'fortran_order': False, 'shape': (3, 5), }`;
  expect(npyHeader('float32', [3, 5]).toString('latin1')).toBe(`${expected.padEnd(127)}\n`);
  for (const rows of [1, 12, 123456, 12345678901]) expect(npyHeader('uint8', [rows, 2, 2, 3]).length % 64).toBe(0);
  expect(npyHeader('float32', [7]).toString('latin1')).toContain("'shape': (7,), ");
});

it('writes codes block by block', () => {
  const path = join(folder, 'codes.npy');
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  writeCodes(path, {
    rows: 3,
    cols: 2,
    blocks: () => [
      { rows: 2, cols: 2, data: data.subarray(0, 4) },
      { rows: 1, cols: 2, data: data.subarray(4) },
    ],
  });
  const bytes = readFileSync(path);
  const header = npyHeader('float32', [3, 2]);
  expect(bytes.subarray(0, header.length)).toEqual(header);
  expect(bytes.subarray(header.length)).toEqual(Buffer.from(data.buffer));
});

it('leaves nothing behind when it fails', () => {
  expect(() =>
    writeCodes(join(folder, 'none', 'x.npy'), asBlocks({ rows: 0, cols: 1, data: new Float32Array() })),
  ).toThrow(InputError);
  function* broken(): Iterable<Uint8Array> {
    yield new Uint8Array(3);
    throw new Error('lost');
  }
  expect(() => writeNpy(join(folder, 'y.npy'), 'uint8', [9], broken())).toThrow(/Cannot write .*y\.npy: lost/);
  expect(readdirSync(folder)).toEqual(['codes.npy']);
});
