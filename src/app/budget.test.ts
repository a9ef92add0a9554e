import { describe, expect, it } from 'vitest';
import { Budget } from './budget.ts';

describe('Budget', () => {
  it('allows everything without a budget', () => {
    const budget = new Budget(undefined, 0);
    expect(budget.comparingEnds).toBe(Number.POSITIVE_INFINITY);
    expect(budget.allows(1e9)).toBe(true);
  });

  it('keeps a tenth, and at least a second and a half, for finishing', () => {
    expect(new Budget(60_000, 1000).comparingEnds).toBe(55_000);
    expect(new Budget(5_000, 0).comparingEnds).toBe(3_500);
  });

  it('tells what fits', () => {
    const budget = new Budget(60_000, 0);
    expect(budget.allows(10, 40_000)).toBe(true);
    expect(budget.allows(20, 40_000)).toBe(false);
    expect(budget.seconds(30_000)).toBe(30);
  });

  it('says what a budget that is too small should be', () => {
    const error = new Budget(2_000, 0).tooSmall(30);
    expect(error.exitCode).toBe(3);
    expect(error.message).toContain('2.0 s');
    expect(error.message).toContain('30 s');
    expect(error.fix).toContain('--budget 36s');
  });
});
