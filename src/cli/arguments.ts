import { InvalidArgumentError } from 'commander';

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, min: 60, h: 3600 };

/**
 * A wall-clock time such as `90s`, `5m`, `1h30m`, in milliseconds.
 *
 * @example
 * parseDuration('1m30s'); // 90000
 */
export function parseDuration(text: string): number {
  const compact = text.replaceAll(/\s/g, '');
  if (!/^(\d+(\.\d+)?(ms|s|min|m|h))+$/.test(compact)) {
    throw new InvalidArgumentError('Expected a time such as 90s, 5m or 1h30m.');
  }
  const parts = [...compact.matchAll(/(\d+(?:\.\d+)?)(ms|s|min|m|h)/g)];
  const seconds = parts.reduce((sum, part) => sum + Number(part[1]) * SECONDS[part[2]!]!, 0);
  return Math.round(seconds * 1000);
}

const BYTES: Readonly<Record<string, number>> = { '': 1, B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** A size such as `500MB` or `10GB`, in bytes. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kMGT]?B?)$/i.exec(text.trim());
  const unit = match === null ? undefined : BYTES[match[2]!.toUpperCase().replace(/^([KMGT])$/, '$1B')];
  if (match === null || unit === undefined) throw new InvalidArgumentError('Expected a size such as 500MB or 10GB.');
  return Math.round(Number(match[1]) * unit);
}

/** A whole number of at least `least`. */
export function parseInteger(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`Expected a whole number of ${least} or more.`);
    }
    return value;
  };
}

/** A share between 0 and 1, exclusive. */
export function parseShare(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('Expected a number between 0 and 1.');
  return value;
}

/** A comma-separated list: `softmax,svm`. */
export function parseList(text: string): readonly string[] {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length === 0) throw new InvalidArgumentError('Expected names separated by commas.');
  return items;
}
