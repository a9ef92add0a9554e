/**
 * Orders names as people do, digits by value: `2.jpg` before `10.jpg`. The same on every machine, unlike collation by
 * locale, and a total order: names that differ never compare equal.
 *
 * @example
 * ['img10', 'img2'].sort(compareNatural); // ['img2', 'img10']
 */
export function compareNatural(left: string, right: string): number {
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(j);
    if (isDigit(a) && isDigit(b)) {
      const endLeft = endOfDigits(left, i);
      const endRight = endOfDigits(right, j);
      const startLeft = skipZeros(left, i, endLeft);
      const startRight = skipZeros(right, j, endRight);
      const byLength = endLeft - startLeft - (endRight - startRight);
      if (byLength !== 0) return byLength;
      for (let k = 0; k < endLeft - startLeft; k++) {
        const byDigit = left.charCodeAt(startLeft + k) - right.charCodeAt(startRight + k);
        if (byDigit !== 0) return byDigit;
      }
      i = endLeft;
      j = endRight;
    } else {
      if (a !== b) return a - b;
      i++;
      j++;
    }
  }
  const byRest = left.length - i - (right.length - j);
  if (byRest !== 0) return byRest;
  return left < right ? -1 : left > right ? 1 : 0;
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}

function endOfDigits(text: string, from: number): number {
  let end = from;
  while (end < text.length && isDigit(text.charCodeAt(end))) end++;
  return end;
}

function skipZeros(text: string, from: number, end: number): number {
  let start = from;
  while (start < end && text.charCodeAt(start) === 48) start++;
  return start;
}
