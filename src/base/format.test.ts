import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatDuration, formatPercent } from './format.ts';

describe('format', () => {
  it('writes durations in the two largest units', () => {
    expect([0, 400, 9_960, 59_600, 200_000, 3_600_000, 7_500_000].map(formatDuration)).toEqual([
      '0.0 s',
      '0.4 s',
      '10 s',
      '1 min',
      '3 min 20 s',
      '1 h',
      '2 h 5 min',
    ]);
  });

  it('writes sizes in powers of a thousand', () => {
    expect([0, 980, 999_600, 9_300_000, 123_000_000_000].map(formatBytes)).toEqual([
      '0 B',
      '980 B',
      '1.0 MB',
      '9.3 MB',
      '123 GB',
    ]);
  });

  it('writes counts and shares', () => {
    expect(formatCount(1, 'image')).toBe('1 image');
    expect(formatCount(12_345, 'image')).toBe('12,345 images');
    expect(formatCount(2, 'class', 'classes')).toBe('2 classes');
    expect(formatPercent(0.9634)).toBe('96.3 %');
  });
});
