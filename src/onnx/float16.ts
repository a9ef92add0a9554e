const pad = new DataView(new ArrayBuffer(4));

/** The 16 bits of the IEEE half-precision number nearest to a value, ties to even. */
export function toFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  // Half the last step above the largest number, 65504, rounds to infinity.
  if (magnitude >= 65520) return sign | 0x7c00;
  // 2⁻²⁴ is the smallest step; from 2⁻¹⁴ on the step is 2⁻¹⁰ of the power of two below.
  const exponent = magnitude < 2 ** -14 ? -14 : Math.floor(Math.log2(magnitude));
  const exact = 2 ** exponent > magnitude && exponent > -14 ? exponent - 1 : exponent;
  const steps = roundToEven(magnitude * 2 ** (10 - exact));
  // A carry into the exponent, and from subnormal to normal, is plain addition in this encoding.
  return sign | (steps + (exact + 14) * 1024);
}

/** The value of 16 bits as an IEEE half-precision number. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The 16 bits of the bfloat16 number nearest to a value, ties to even: the upper half of a float32. */
export function toBfloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  pad.setFloat32(0, value);
  const bits = pad.getUint32(0);
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The value of 16 bits as a bfloat16 number. */
export function fromBfloat16(bits: number): number {
  pad.setUint32(0, (bits << 16) >>> 0);
  return pad.getFloat32(0);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
