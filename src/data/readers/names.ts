import type { Split } from '../dataset.ts';

/** Extensions whose files are decoded, or refused by what is in them with a reason that helps. */
const IMAGE_EXTENSIONS = new Set(
  'jpg jpeg jpe jfif png apng gif webp tif tiff avif heic heif hif bmp dib jp2 j2k jxl ppm pgm'.split(' '),
);

/** Extensions that people do mean as pictures, with what to do about them. */
const ADVICE = new Map<string, string>([
  ['svg', 'export it as PNG'],
  ['svgz', 'export it as PNG'],
  ['pdf', 'export its pages as PNG'],
  ['psd', 'export it as PNG'],
  ...['dng', 'cr2', 'cr3', 'nef', 'arw', 'orf', 'rw2', 'raf'].map((raw) => [raw, 'export it as JPEG'] as const),
  ...['mp4', 'mov', 'avi', 'mkv', 'webm'].map((video) => [video, 'extract its frames as JPEG'] as const),
  ...['zip', 'tar', 'gz', 'tgz', '7z', 'rar'].map((archive) => [archive, 'extract it, or name a zip itself'] as const),
]);

/** What operating systems and sync tools leave behind. Compared in lower case. */
const JUNK = new Set([
  'thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  '__macosx',
  '@eadir',
  '$recycle.bin',
  'system volume information',
  'icon\r',
]);

/** Hidden files and what operating systems leave behind: passed over without a word. Steps up a path are neither. */
export function isJunk(name: string): boolean {
  return (name.startsWith('.') && name !== '..') || JUNK.has(name.toLowerCase());
}

/**
 * Why a file is left out by its name alone, without being opened; undefined where it may be an image. A file without an
 * extension may be one, and a wrong extension among those of images does not matter: the decoder judges by content.
 */
export function reasonByName(name: string): string | undefined {
  const extension = /\.([a-z0-9~_-]*[a-z~_-][a-z0-9~_-]*)$/i.exec(name)?.[1]?.toLowerCase();
  if (extension === undefined || IMAGE_EXTENSIONS.has(extension)) return undefined;
  const advice = ADVICE.get(extension);
  return `not an image by its extension (.${extension})${advice === undefined ? '' : `: ${advice}`}`;
}

const SPLIT_NAMES: ReadonlyMap<string, Split> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['val', 'validation'],
  ['valid', 'validation'],
  ['validation', 'validation'],
  ['test', 'test'],
  ['testing', 'test'],
]);

/** The split that a folder or a cell names, in any case; undefined if it names none. */
export function splitNamed(name: string): Split | undefined {
  return SPLIT_NAMES.get(name.trim().toLowerCase());
}
