/** A difference of proportions in percentage points, signed: `+1.4 points`, `−0.8 points`. */
export function points(difference: number, unit = true): string {
  const rounded = Math.abs(100 * difference).toFixed(1);
  const sign = rounded === '0.0' ? '' : difference < 0 ? '−' : '+';
  return `${sign}${rounded}${unit ? (rounded === '1.0' ? ' point' : ' points') : ''}`;
}

/** A loss or a difference of losses with three significant digits; a minus that is one. */
export function figure(value: number, signed = false): string {
  const text = Number(Math.abs(value).toPrecision(3)).toString();
  if (Number(text) === 0) return '0';
  return `${value < 0 ? '−' : signed ? '+' : ''}${text}`;
}
