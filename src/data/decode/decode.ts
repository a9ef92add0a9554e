import sharp from 'sharp';
import { messageOf } from '../../base/index.ts';
import type { View } from '../dataset.ts';
import { sniff } from './sniff.ts';
import { type Summary, summarise } from './summary.ts';

/**
 * Images with more pixels are listed, not decoded. 16383² is the largest WebP and far above any camera, and a few bytes
 * of header can claim much more than memory holds.
 */
export const PIXEL_LIMIT = 16383 * 16383;

/** Raised by hand whenever the same file and view would give other pixels, thumbnail or hash. */
const REVISION = 1;

/** Names everything that decides the pixels; part of every cache key. */
export const DECODER_VERSION = [
  `decode ${REVISION}`,
  `sharp ${majorMinor(sharp.versions.sharp)}`,
  `vips ${majorMinor(sharp.versions.vips)}`,
].join(', ');

/** An image as the network sees it. */
export interface DecodedImage extends Summary {
  readonly ok: true;
  /** RGB of the view, uint8 [height × width × 3], sRGB. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Size of the original, upright: after its EXIF orientation is applied. */
  readonly originalWidth: number;
  readonly originalHeight: number;
}

/** A file that cannot be used, and why in words: `not an image (first bytes 00 00)`. */
export interface Unreadable {
  readonly ok: false;
  readonly reason: string;
}

export interface DecodeOptions {
  /** Most pixels of the original; `PIXEL_LIMIT` if left out. */
  readonly pixelLimit?: number;
}

/**
 * Settings for threads that decode many different images: no cache of results that never repeat, one thread each, since
 * callers decode several images at once. They hold for the whole process.
 */
export function prepareDecoder(): void {
  sharp.cache(false);
  sharp.concurrency(1);
}

/**
 * Decodes one image to the view's size: upright by EXIF, sRGB by its colour profile (CMYK and 16-bit too), transparent
 * parts on white as viewers show them, the first frame of an animation. Resizing filters with the kernel over the whole
 * footprint of each pixel, as Pillow does; JPEGs are shrunk on load only where at least half of that is left to the
 * kernel (measured against Pillow on photos of 1–9 megapixels: lowest PSNR 44.8 dB; 35.9 dB without that margin).
 *
 * Damaged and truncated files are refused, as Pillow refuses them, rather than decoded half grey. Not even a missing end marker of a
 * JPEG is added: the library does not notice what else is missing in the last rows. Never throws for what is in the bytes.
 *
 * @example
 * const image = await decodeImage(bytes, { id: 'squash', width: 224, height: 224, kernel: 'cubic' });
 * if (image.ok) use(image.pixels);
 */
export async function decodeImage(
  bytes: Uint8Array,
  view: View,
  options: DecodeOptions = {},
): Promise<DecodedImage | Unreadable> {
  const format = sniff(bytes);
  if (!format.supported) return { ok: false, reason: format.name };
  const limit = options.pixelLimit ?? PIXEL_LIMIT;
  try {
    const original = await uprightSize(bytes);
    if (original.width * original.height > limit) {
      const megapixels = (pixels: number) => `${Math.round(pixels / 1e4) / 100} megapixels`;
      return {
        ok: false,
        reason:
          `too large: ${original.width} × ${original.height} is ${megapixels(original.width * original.height)}, ` +
          `the limit is ${megapixels(limit)}`,
      };
    }
    const pixels = await render(bytes, view, limit);
    return {
      ok: true,
      pixels,
      width: view.width,
      height: view.height,
      originalWidth: original.width,
      originalHeight: original.height,
      ...summarise(pixels, view.width, view.height),
    };
  } catch (error) {
    return { ok: false, reason: `truncated or damaged ${format.name} (${firstLine(messageOf(error))})` };
  }
}

async function uprightSize(bytes: Uint8Array): Promise<{ width: number; height: number }> {
  // No limit here: the caller compares the size with its own, and only the header is read.
  return (await sharp(bytes, { limitInputPixels: false }).metadata()).autoOrient;
}

const FIT = { squash: 'fill', 'center-crop': 'cover', pad: 'contain' } as const;

/** Bars around a padded image: the mean colour of ImageNet (0.485, 0.456, 0.406), which preprocessing maps close to zero. */
const BARS = { r: 124, g: 116, b: 104 };

async function render(bytes: Uint8Array, view: View, limit: number): Promise<Uint8Array> {
  const { data, info } = await sharp(bytes, { limitInputPixels: limit, failOn: 'error' })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .resize(view.width, view.height, {
      fit: FIT[view.id],
      position: 'centre',
      kernel: view.kernel,
      background: BARS,
      fastShrinkOnLoad: false,
    })
    .toColourspace('srgb')
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3 || data.length !== view.width * view.height * 3) {
    throw new Error(`decoded to ${info.width} × ${info.height} × ${info.channels}`);
  }
  return data;
}

function majorMinor(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.trim();
}
