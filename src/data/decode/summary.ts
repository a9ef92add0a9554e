/** Side of the square thumbnail. */
export const THUMBNAIL_SIDE = 16;

/** Columns and rows of grey averages that the difference hash compares: eight neighbours in each of eight rows. */
const HASH_COLUMNS = 9;
const HASH_ROWS = 8;

/** A picture in 264 bytes: enough to find its near duplicates. */
export interface Summary {
  /** Grey box averages [16 × 16], row-major. */
  readonly thumbnail: Uint8Array;
  /** 64-bit difference hash; the first comparison is the highest bit. */
  readonly fingerprint: bigint;
}

/**
 * Thumbnail and difference hash of RGB pixels, by box averages of an integral image in whole numbers, so that they are
 * the same on every machine. The hash is dHash (Krawetz 2013): a bit is 1 where a cell is darker than its right neighbour.
 *
 * @param pixels RGB, uint8 [height × width × 3]; below 16 million pixels, so that sums fit 32 bits.
 */
export function summarise(pixels: Uint8Array, width: number, height: number): Summary {
  const integral = integralOfGrey(pixels, width, height);
  const thumbnail = new Uint8Array(THUMBNAIL_SIDE * THUMBNAIL_SIDE);
  forEachBox(integral, width, height, THUMBNAIL_SIDE, THUMBNAIL_SIDE, (i, sum, area) => {
    thumbnail[i] = Math.floor((sum + (area >> 1)) / area);
  });
  const sums = new Uint32Array(HASH_COLUMNS * HASH_ROWS);
  const areas = new Uint32Array(HASH_COLUMNS * HASH_ROWS);
  forEachBox(integral, width, height, HASH_COLUMNS, HASH_ROWS, (i, sum, area) => {
    sums[i] = sum;
    areas[i] = area;
  });
  let high = 0;
  let low = 0;
  for (let bit = 0; bit < 64; bit++) {
    const i = (bit >> 3) * HASH_COLUMNS + (bit & 7);
    // Boxes differ by a pixel where the width is no multiple of 9: compare averages, without dividing.
    const darker = sums[i]! * areas[i + 1]! < sums[i + 1]! * areas[i]! ? 1 : 0;
    if (bit < 32) high = (high << 1) | darker;
    else low = (low << 1) | darker;
  }
  return { thumbnail, fingerprint: (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0) };
}

/** Summed-area table [(height + 1) × (width + 1)] of ITU-R BT.601 luma in 1/256. */
function integralOfGrey(pixels: Uint8Array, width: number, height: number): Uint32Array {
  const stride = width + 1;
  const integral = new Uint32Array(stride * (height + 1));
  let at = 0;
  for (let y = 0; y < height; y++) {
    let row = 0;
    const above = y * stride + 1;
    const here = above + stride;
    for (let x = 0; x < width; x++, at += 3) {
      row += (77 * pixels[at]! + 150 * pixels[at + 1]! + 29 * pixels[at + 2]! + 128) >> 8;
      integral[here + x] = integral[above + x]! + row;
    }
  }
  return integral;
}

function forEachBox(
  integral: Uint32Array,
  width: number,
  height: number,
  columns: number,
  rows: number,
  visit: (index: number, sum: number, area: number) => void,
): void {
  const stride = width + 1;
  for (let r = 0; r < rows; r++) {
    const top = Math.floor((r * height) / rows);
    const bottom = Math.max(Math.floor(((r + 1) * height) / rows), top + 1);
    for (let c = 0; c < columns; c++) {
      const left = Math.floor((c * width) / columns);
      const right = Math.max(Math.floor(((c + 1) * width) / columns), left + 1);
      const sum =
        integral[bottom * stride + right]! -
        integral[top * stride + right]! -
        integral[bottom * stride + left]! +
        integral[top * stride + left]!;
      visit(r * columns + c, sum, (bottom - top) * (right - left));
    }
  }
}
