/** What the first bytes of a file say it is. */
export interface Sniffed {
  /** True where `decodeImage` can decode it. */
  readonly supported: boolean;
  /** The name of the format: `JPEG`, `HEIC`; for unsupported ones the whole reason, with what to do. */
  readonly name: string;
}

const supported = (name: string): Sniffed => ({ supported: true, name });
const refused = (name: string): Sniffed => ({ supported: false, name });

const VECTOR = 'vector files are not rendered, since they can run what a stranger wrote; export it as PNG';

/** Magic numbers at the start of a file. `.` in a pattern is any byte. */
const MAGIC: readonly (readonly [string, Sniffed])[] = [
  ['ff d8 ff', supported('JPEG')],
  ['89 50 4e 47 0d 0a 1a 0a', supported('PNG')],
  ['47 49 46 38 37 61', supported('GIF')],
  ['47 49 46 38 39 61', supported('GIF')],
  ['52 49 46 46 . . . . 57 45 42 50', supported('WebP')],
  ['49 49 2a 00 . . . . 43 52', refused('a Canon raw photo: export it as JPEG')],
  ['49 49 2a 00', supported('TIFF')],
  ['4d 4d 00 2a', supported('TIFF')],
  ['49 49 2b 00', supported('TIFF')],
  ['4d 4d 00 2b', supported('TIFF')],
  ['42 4d', refused('BMP is not supported: convert it to PNG')],
  ['00 00 00 0c 6a 50 20 20', refused('JPEG 2000 is not supported: convert it to JPEG or PNG')],
  ['ff 4f ff 51', refused('JPEG 2000 is not supported: convert it to JPEG or PNG')],
  ['00 00 00 0c 4a 58 4c 20', refused('JPEG XL is not supported: convert it to JPEG or PNG')],
  ['ff 0a', refused('JPEG XL is not supported: convert it to JPEG or PNG')],
  ['00 00 01 00', refused('Windows icons are not supported: convert it to PNG')],
  ['38 42 50 53', refused('Photoshop files are not supported: export it as PNG')],
  ['76 2f 31 01', refused('OpenEXR is not supported: export it as PNG')],
  ['25 50 44 46', refused(`PDF: ${VECTOR}`)],
  ['25 21 50 53', refused(`PostScript: ${VECTOR}`)],
  ['50 4b 03 04', refused('not an image but a zip archive: name the archive itself, or extract it')],
  ['1f 8b', refused('not an image but a gzip file: extract it')],
];

/** ISO base media brands (ISO/IEC 23000-22): which codec the still image holds. */
const AVIF_BRANDS = new Set(['avif', 'avis']);
const HEIC_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs', 'mif1', 'msf1']);

/**
 * Judges a file by its first bytes, never by its name. Only formats on this list ever reach the decoder, so a vector
 * file named `.jpg` is refused as one.
 *
 * @example
 * sniff(Buffer.from([0xff, 0xd8, 0xff, 0xe0])); // { supported: true, name: 'JPEG' }
 */
export function sniff(bytes: Uint8Array): Sniffed {
  if (bytes.length === 0) return refused('the file is empty (0 bytes)');
  for (const [pattern, found] of MAGIC) if (startsWith(bytes, pattern)) return found;
  return sniffBoxes(bytes) ?? sniffText(bytes) ?? refused(`not an image (first bytes ${firstBytes(bytes)})`);
}

function startsWith(bytes: Uint8Array, pattern: string): boolean {
  return pattern.split(' ').every((part, i) => part === '.' || bytes[i] === Number.parseInt(part, 16));
}

function sniffBoxes(bytes: Uint8Array): Sniffed | undefined {
  if (latin1(bytes, 4, 8) !== 'ftyp') return undefined;
  const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  const end = Math.min(size, bytes.length, 256);
  const brands = [latin1(bytes, 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(latin1(bytes, at, at + 4));
  if (brands.some((brand) => AVIF_BRANDS.has(brand))) return supported('AVIF');
  if (brands.some((brand) => HEIC_BRANDS.has(brand))) {
    return refused(
      'HEIC needs a licensed decoder that is not shipped here: convert it to JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible)',
    );
  }
  return refused('not an image but a video: extract its frames as JPEG');
}

function sniffText(bytes: Uint8Array): Sniffed | undefined {
  const text = latin1(bytes, 0, 1024)
    .replace(/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '')
    .replaceAll('\0', '')
    .trimStart()
    .toLowerCase();
  if (text.startsWith('version https://git-lfs')) {
    return refused('not an image but a Git LFS pointer: run `git lfs pull`');
  }
  if (/^(<\?xml|<!doctype svg|<svg|<!--)/.test(text) && text.includes('<svg')) return refused(`SVG: ${VECTOR}`);
  if (/^(<!doctype html|<html|<head|<body)/.test(text)) {
    return refused('not an image but a web page, perhaps a failed download: download it again');
  }
  return undefined;
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

function firstBytes(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
