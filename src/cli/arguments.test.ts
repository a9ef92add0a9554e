import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration, parseInteger, parseList, parseShare, parseSize } from './arguments.ts';

describe('arguments', () => {
  it('reads durations', () => {
    expect(['90s', '5m', '1h30m', '1.5 h', '250ms', '2min', '1m 30s'].map(parseDuration)).toEqual([
      90_000, 300_000, 5_400_000, 5_400_000, 250, 120_000, 90_000,
    ]);
    for (const wrong of ['', '5', 'm5', '5x', '5m!', '-5m', 'five']) expect(() => parseDuration(wrong)).toThrow(/time/);
  });

  it('reads any number of minutes and seconds', () => {
    fc.assert(fc.property(fc.nat(1000), fc.nat(59), (m, s) => parseDuration(`${m}m${s}s`) === (m * 60 + s) * 1000));
  });

  it('reads sizes', () => {
    expect(['10', '10B', '500MB', '1.5GB', '2g', '3 kB'].map(parseSize)).toEqual([10, 10, 5e8, 1.5e9, 2e9, 3000]);
    for (const wrong of ['', 'GB', '-1GB', '1 XB']) expect(() => parseSize(wrong)).toThrow(/size/);
  });

  it('reads numbers, shares and lists', () => {
    expect(parseInteger(2)('5')).toBe(5);
    expect(() => parseInteger(2)('1')).toThrow(/2 or more/);
    expect(() => parseInteger(0)('1.5')).toThrow();
    expect(parseShare('0.2')).toBe(0.2);
    expect(() => parseShare('1')).toThrow();
    expect(parseList('a, b,,c')).toEqual(['a', 'b', 'c']);
    expect(() => parseList(' , ')).toThrow();
  });
});
