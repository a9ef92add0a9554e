/** Numbers in float16 (IEEE 754 binary16), which travel as their 16 bits. */

/** The float32 value of 16 bits; exact, since float32 holds every float16. */
export function floatOfHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const one = new Float32Array(1);
const oneWord = new Uint32Array(one.buffer);

/** The nearest float16, ties to even; beyond ±65504 infinity, as the Cast operator does. */
export function halfOfFloat(value: number): number {
  one[0] = value;
  return halfOfWord(oneWord[0]!);
}

/** The same for the 32 bits of a float32. */
function halfOfWord(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const rebased = magnitude - 0x38000000;
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
  }
  // Below 2⁻¹⁴ float16 is a fixed-point number of steps of 2⁻²⁴: 2⁻²⁴ is 0x33800000, of which the fraction's bits move down.
  const shift = 126 - (magnitude >>> 23);
  if (shift > 24) return sign;
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const floor = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return sign | (floor + (rest > middle || (rest === middle && floor % 2 === 1) ? 1 : 0));
}

let table: Float32Array | undefined;

/** All of an array at once, through a table of the 65,536 values. */
export function floatsOfHalves(halves: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 65536 }, (_, half) => floatOfHalf(half));
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = table[halves[i]!]!;
  return floats;
}

/** All of an array at once. */
export function halvesOfFloats(floats: Float32Array): Uint16Array {
  const words = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const halves = new Uint16Array(floats.length);
  for (let i = 0; i < words.length; i++) halves[i] = halfOfWord(words[i]!);
  return halves;
}
