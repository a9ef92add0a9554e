import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { View } from '../dataset.ts';
import { DECODER_VERSION, type DecodedImage, decodeImage, type Unreadable } from './decode.ts';

const SQUASH: View = { id: 'squash', width: 8, height: 8, kernel: 'cubic' };

/** Bytes by their index: `Buffer.from` would ignore the function. */
const bytesOf = (length: number, byte: (index: number) => number) =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => byte(i)));

/** A picture with a colour in each quarter: red, green / blue, white. */
function quarters(width = 64, height = 48): Buffer {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) pixels.set(colourAt(x < width / 2, y < height / 2), (y * width + x) * 3);
  }
  return pixels;
}

function colourAt(left: boolean, top: boolean): readonly number[] {
  if (top) return left ? [200, 30, 30] : [30, 180, 30];
  return left ? [30, 30, 200] : [240, 240, 240];
}

const picture = (width = 64, height = 48) => sharp(quarters(width, height), { raw: { width, height, channels: 3 } });

async function decoded(bytes: Uint8Array, view: View = SQUASH): Promise<DecodedImage> {
  const image = await decodeImage(bytes, view);
  if (!image.ok) throw new Error(image.reason);
  return image;
}

async function reasonOf(bytes: Uint8Array, options = {}): Promise<string> {
  const image: DecodedImage | Unreadable = await decodeImage(bytes, SQUASH, options);
  return image.ok ? 'decoded' : image.reason;
}

function pixelAt({ pixels, width }: DecodedImage, x: number, y: number): number[] {
  return [...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

function expectNear(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!), `${actual} against ${expected}`).toBeLessThanOrEqual(tolerance);
  });
}

function expectQuarters(image: DecodedImage, tolerance: number): void {
  expect(image.pixels.length).toBe(image.width * image.height * 3);
  expectNear(pixelAt(image, 1, 1), colourAt(true, true), tolerance);
  expectNear(pixelAt(image, 6, 1), colourAt(false, true), tolerance);
  expectNear(pixelAt(image, 1, 6), colourAt(true, false), tolerance);
  expectNear(pixelAt(image, 6, 6), colourAt(false, false), tolerance);
}

test.each<[string, number, () => Promise<Buffer>]>([
  ['JPEG', 12, () => picture().jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer()],
  [
    'progressive JPEG',
    12,
    () => picture().jpeg({ quality: 95, progressive: true, chromaSubsampling: '4:4:4' }).toBuffer(),
  ],
  ['PNG', 1, () => picture().png().toBuffer()],
  ['palette PNG', 6, () => picture().png({ palette: true }).toBuffer()],
  ['16-bit PNG', 1, () => picture().toColourspace('rgb16').png().toBuffer()],
  ['opaque PNG with alpha', 1, () => picture().ensureAlpha().png().toBuffer()],
  ['WebP', 20, () => picture().webp({ quality: 95 }).toBuffer()],
  ['GIF', 6, () => picture().gif().toBuffer()],
  ['TIFF', 1, () => picture().tiff({ compression: 'lzw' }).toBuffer()],
  ['AVIF', 12, () => picture().avif({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer()],
  // CMYK holds fewer colours than sRGB, blue above all.
  ['CMYK JPEG', 75, () => picture().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer()],
  ['CMYK TIFF', 75, () => picture().toColourspace('cmyk').tiff().toBuffer()],
])('%s', async (_, tolerance, make) => {
  const image = await decoded(await make());
  expect([image.originalWidth, image.originalHeight]).toEqual([64, 48]);
  expectQuarters(image, tolerance);
});

test('greyscale, 8 and 16 bits, with and without alpha', async () => {
  const grey = (options = {}) =>
    sharp(Buffer.alloc(100, 90), { raw: { width: 10, height: 10, channels: 1 }, ...options });
  expectNear(
    [...(await decoded(await grey().toColourspace('b-w').jpeg().toBuffer())).pixels],
    new Array(192).fill(90),
    1,
  );
  expectNear(
    [...(await decoded(await grey().toColourspace('grey16').png().toBuffer())).pixels],
    new Array(192).fill(90),
    1,
  );
  const half = sharp({
    create: { width: 10, height: 10, channels: 4, background: { r: 90, g: 90, b: 90, alpha: 0.5 } },
  });
  expectNear(
    [...(await decoded(await half.toColourspace('b-w').png().toBuffer())).pixels],
    new Array(192).fill(172),
    1,
  );
});

test('transparent parts lie on white', async () => {
  const clear = sharp({ create: { width: 10, height: 10, channels: 4, background: { r: 200, g: 0, b: 0, alpha: 0 } } });
  for (const bytes of [await clear.clone().png().toBuffer(), await clear.clone().webp({ lossless: true }).toBuffer()]) {
    expect([...(await decoded(bytes)).pixels]).toEqual(new Array(192).fill(255));
  }
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'EXIF orientation %i is undone, and the size is that of the upright picture',
  async (orientation) => {
    // What a camera stores so that its orientation makes it upright.
    const stored = [
      picture(),
      picture().flop(),
      picture().rotate(180),
      picture().flip(),
      sharp(await picture().flop().png().toBuffer()).rotate(270),
      picture().rotate(270),
      sharp(await picture().flop().png().toBuffer()).rotate(90),
      picture().rotate(90),
    ][orientation - 1]!;
    const bytes = await sharp(await stored.png().toBuffer())
      .withMetadata({ orientation })
      .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
      .toBuffer();
    expect((await sharp(bytes).metadata()).orientation).toBe(orientation);
    const image = await decoded(bytes);
    expect([image.originalWidth, image.originalHeight]).toEqual([64, 48]);
    expectQuarters(image, 12);
  },
);

test('of an animation the first frame', async () => {
  const frames = Buffer.concat([Buffer.alloc(32 * 32 * 3, 200), Buffer.alloc(32 * 32 * 3, 20)]);
  const gif = await sharp(frames, { raw: { width: 32, height: 64, channels: 3, pageHeight: 32 } })
    .gif()
    .toBuffer();
  const webp = await sharp(gif, { animated: true }).webp({ lossless: true }).toBuffer();
  for (const bytes of [gif, webp]) {
    expect((await sharp(bytes).metadata()).pages).toBe(2);
    const image = await decoded(bytes);
    expect([image.originalWidth, image.originalHeight]).toEqual([32, 32]);
    expectNear([...image.pixels], new Array(192).fill(200), 2);
  }
});

test('views: squash takes all, center-crop the middle square, pad all with bars', async () => {
  const wide = await picture(128, 32).png().toBuffer();
  expectQuarters(await decoded(wide), 1);
  const crop = await decoded(wide, { ...SQUASH, id: 'center-crop' });
  expectQuarters(crop, 1);
  const pad = await decoded(wide, { ...SQUASH, id: 'pad' });
  expect(pixelAt(pad, 1, 0)).toEqual([124, 116, 104]);
  expect(pixelAt(pad, 6, 7)).toEqual([124, 116, 104]);
  expectNear(pixelAt(pad, 0, 3), colourAt(true, true), 40);
  const stripes = await sharp(Buffer.from([255, 0, 0, 0, 255, 0, 0, 0, 255]), {
    raw: { width: 3, height: 1, channels: 3 },
  })
    .resize(24, 8, { kernel: 'nearest' })
    .png()
    .toBuffer();
  expect([...(await decoded(stripes, { ...SQUASH, id: 'center-crop' })).pixels]).toEqual(
    new Array(64).fill([0, 255, 0]).flat(),
  );
});

test.each(['cubic', 'linear', 'lanczos3'] as const)(
  'resizing averages over the whole footprint: %s',
  async (kernel) => {
    // One-pixel black and white columns have no detail left at a tenth of the size.
    const columns = bytesOf(320 * 240 * 3, (i) => (Math.floor(i / 3) % 2) * 255);
    const bytes = await sharp(columns, { raw: { width: 320, height: 240, channels: 3 } })
      .png()
      .toBuffer();
    const image = await decoded(bytes, { id: 'squash', width: 32, height: 24, kernel });
    expect(image.pixels.every((value) => value > 112 && value < 144)).toBe(true);
  },
);

test('a JPEG shrunk on load looks like the same picture as PNG', async () => {
  const size = 2000;
  const pixels = bytesOf(size * size * 3, (i) => {
    const x = Math.floor(i / 3) % size;
    const y = Math.floor(i / 3 / size);
    return 128 + 60 * Math.sin(x / 37) + 50 * Math.cos(y / 23 + (i % 3));
  });
  const raw = { raw: { width: size, height: size, channels: 3 as const } };
  const view: View = { id: 'squash', width: 64, height: 64, kernel: 'cubic' };
  const jpeg = await decoded(
    await sharp(pixels, raw).jpeg({ quality: 98, chromaSubsampling: '4:4:4' }).toBuffer(),
    view,
  );
  const png = await decoded(await sharp(pixels, raw).png({ compressionLevel: 1 }).toBuffer(), view);
  const error = jpeg.pixels.reduce((sum, value, i) => sum + (value - png.pixels[i]!) ** 2, 0) / png.pixels.length;
  expect(10 * Math.log10(255 ** 2 / error)).toBeGreaterThan(40);
});

test('a wrong extension does not matter, since content decides', async () => {
  expect(await reasonOf(await picture().png().toBuffer())).toBe('decoded');
  expect(await reasonOf(Buffer.from('Dear diary'))).toBe('not an image (first bytes 44 65 61 72)');
  expect(await reasonOf(Buffer.alloc(2))).toBe('not an image (first bytes 00 00)');
  expect(await reasonOf(Buffer.alloc(0))).toBe('the file is empty (0 bytes)');
});

test('truncated files are refused, whatever the format', async () => {
  const noise = sharp(
    bytesOf(128 * 128 * 3, (i) => (i * 2654435761) >>> 24),
    { raw: { width: 128, height: 128, channels: 3 } },
  );
  for (const [name, bytes] of [
    ['JPEG', await noise.clone().jpeg().toBuffer()],
    ['JPEG', await noise.clone().jpeg({ progressive: true }).toBuffer()],
    ['PNG', await noise.clone().png().toBuffer()],
    ['WebP', await noise.clone().webp().toBuffer()],
    ['GIF', await noise.clone().gif().toBuffer()],
    ['TIFF', await noise.clone().tiff({ compression: 'lzw' }).toBuffer()],
    ['AVIF', await noise.clone().avif().toBuffer()],
  ] as const) {
    for (const share of [0.05, 0.5, 0.9, 0.98]) {
      expect(await reasonOf(bytes.subarray(0, Math.max(40, bytes.length * share)))).toMatch(
        new RegExp(`^truncated or damaged ${name} \\(`),
      );
    }
  }
});

test('a header that claims too many pixels is refused before decoding', async () => {
  const png = await picture().png().toBuffer();
  png.writeUInt32BE(100_000, 16);
  png.writeUInt32BE(50_000, 20);
  expect(await reasonOf(png)).toMatch(
    /^too large: 100000 × 50000 is 5000 megapixels, the limit is 268.4 megapixels|^truncated or damaged PNG/,
  );
  const jpeg = await picture().jpeg().toBuffer();
  const frame = jpeg.indexOf(Buffer.from('ffc0', 'hex'));
  jpeg.writeUInt16BE(60_000, frame + 5);
  jpeg.writeUInt16BE(60_000, frame + 7);
  const started = performance.now();
  expect(await reasonOf(jpeg)).toBe('too large: 60000 × 60000 is 3600 megapixels, the limit is 268.4 megapixels');
  expect(performance.now() - started).toBeLessThan(500);
  expect(await reasonOf(await picture().png().toBuffer(), { pixelLimit: 3000 })).toMatch(/^too large: 64 × 48/);
});

test('one pixel, and views smaller than the thumbnail', async () => {
  const dot = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#336699' } })
    .png()
    .toBuffer();
  const image = await decoded(dot, { id: 'squash', width: 3, height: 2, kernel: 'lanczos3' });
  expect([...image.pixels]).toEqual(new Array(6).fill([0x33, 0x66, 0x99]).flat());
  expect([image.thumbnail.length, image.fingerprint]).toEqual([256, 0n]);
});

test('the version names the decoder', () => {
  expect(DECODER_VERSION).toMatch(/^decode \d+, sharp \d+\.\d+, vips \d+\.\d+$/);
});
