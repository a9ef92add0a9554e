import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeImage } from './decode.ts';
import { sniff } from './sniff.ts';

const ftyp = (...brands: string[]) =>
  Buffer.concat([
    Buffer.from([0, 0, 0, 12 + 4 * brands.length]),
    Buffer.from(`ftyp${brands[0]}\0\0\0\0${brands.slice(1).join('')}`),
  ]);

test.each<[string, Uint8Array | string, RegExp]>([
  ['SVG', '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', /^SVG: vector files/],
  ['SVG after a byte order mark', '\ufeff  <svg/>', /^SVG/],
  ['SVG in UTF-16', Buffer.from('\ufeff<svg/>', 'utf16le'), /^SVG/],
  ['PDF', '%PDF-1.7', /^PDF: vector files/],
  ['HEIC', ftyp('heic', 'mif1', 'heic'), /^HEIC needs .* convert it to JPEG/],
  ['HEIC by a compatible brand', ftyp('mif1', 'heix'), /^HEIC/],
  ['video', ftyp('isom', 'mp42'), /video/],
  ['BMP', 'BM......', /^BMP is not supported/],
  ['JPEG XL', Buffer.from('0000000c4a584c200d0a870a', 'hex'), /^JPEG XL/],
  ['JPEG 2000', Buffer.from('0000000c6a5020200d0a870a', 'hex'), /^JPEG 2000/],
  ['web page', '<!DOCTYPE html><html>', /web page/],
  ['Git LFS', 'version https://git-lfs.github.com/spec/v1\noid sha256:00', /git lfs pull/],
  ['zip', 'PK\x03\x04', /zip archive/],
  ['short', 'a', /^not an image \(first bytes 61\)$/],
])('refuses %s', (_, bytes, reason) => {
  const found = sniff(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  expect(found.supported).toBe(false);
  expect(found.name).toMatch(reason);
});

test('AVIF is told from HEIC by its brands', () => {
  expect(sniff(ftyp('mif1', 'avif', 'miaf'))).toEqual({ supported: true, name: 'AVIF' });
});

test('never throws, whatever the bytes', async () => {
  const magic = fc.constantFrom(
    'ffd8ff',
    '89504e470d0a1a0a',
    '474946383961',
    '52494646000000005745425056503820',
    '49492a00',
    '0000001c66747970',
  );
  const view = { id: 'squash', width: 8, height: 8, kernel: 'cubic' } as const;
  await fc.assert(
    fc.asyncProperty(magic, fc.uint8Array({ maxLength: 200 }), async (start, rest) => {
      const image = await decodeImage(Buffer.concat([Buffer.from(start, 'hex'), rest]), view);
      expect(image.ok).toBe(false);
    }),
    { numRuns: 200 },
  );
});
