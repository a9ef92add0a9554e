import { describe, expect, it } from 'vitest';
import reference from '../../../test/fixtures/evidence/reference.json' with { type: 'json' };
import { betaQuantile, incompleteBeta, studentCdf, studentQuantile } from './beta.ts';
import { normalCdf, normalQuantile } from './normal.ts';

function expectClose(actual: number, expected: number, tolerance: number, what: string): void {
  expect(Math.abs(actual - expected), `${what}: ${actual} beside ${expected}`).toBeLessThanOrEqual(
    tolerance * Math.max(Math.abs(expected), Number.MIN_VALUE),
  );
}

describe('distributions agree with SciPy', () => {
  it('normal', () => {
    for (const [x, p] of reference.normal) expectClose(normalCdf(x!), p!, 1e-12, `Φ(${x})`);
    for (const [p, x] of reference.normalQuantile) {
      expect(Math.abs(normalQuantile(p!) - x!), `quantile ${p}`).toBeLessThan(1e-10 * (1 + Math.abs(x!)));
    }
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1.1)).toBeNaN();
  });

  it('beta', () => {
    for (const [x, a, b, p] of reference.incompleteBeta) {
      // Below 1e-280 the two may differ in how they underflow.
      if (p! > 1e-280) expectClose(incompleteBeta(x!, a!, b!), p!, 1e-9, `I(${x}; ${a}, ${b})`);
      else expect(incompleteBeta(x!, a!, b!)).toBeLessThan(1e-279);
    }
    for (const [p, a, b, x] of reference.betaQuantile) expectClose(betaQuantile(p!, a!, b!), x!, 1e-9, `beta ${p}`);
  });

  it('Student', () => {
    for (const [t, freedom, p] of reference.student) expectClose(studentCdf(t!, freedom!), p!, 1e-11, `t ${t}`);
    for (const [p, freedom, t] of reference.studentQuantile) {
      expect(Math.abs(studentQuantile(p!, freedom!) - t!)).toBeLessThan(1e-9 * (1 + Math.abs(t!)));
    }
  });
});
