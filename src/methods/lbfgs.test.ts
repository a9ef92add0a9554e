import { describe, expect, it } from 'vitest';
import { Lbfgs } from './lbfgs.ts';

/** Runs a minimiser without a preconditioner; returns the values of its accepted points. */
function minimise(
  minimiser: Lbfgs,
  evaluate: (x: Float64Array) => { value: number; gradient: Float64Array },
): number[] {
  const values: number[] = [];
  for (let i = 0; i < 5000 && minimiser.wants !== 'nothing'; i++) {
    if (minimiser.wants === 'evaluation') {
      const { value, gradient } = evaluate(minimiser.point);
      minimiser.evaluated(value, gradient);
      values.push(minimiser.value);
    } else {
      minimiser.preconditioned(minimiser.residual.slice(), minimiser.change?.slice());
    }
  }
  return values;
}

describe('Lbfgs', () => {
  it('finds the minimum of an ill-conditioned quadratic, never going up', () => {
    const scales = Float64Array.from({ length: 30 }, (_, i) => 10 ** (i / 10));
    const values = minimise(new Lbfgs(new Float64Array(30).fill(1), { tolerance: 1e-12 }), (x) => ({
      value: 1 + x.reduce((sum, v, i) => sum + (scales[i]! * v * v) / 2, 0),
      gradient: x.map((v, i) => scales[i]! * v),
    }));
    expect(values.at(-1)).toBeCloseTo(1, 9);
    for (let i = 1; i < values.length; i++) expect(values[i]).toBeLessThanOrEqual(values[i - 1]! * (1 + 1e-7));
  });

  it('finds the minimum of Rosenbrock’s valley', () => {
    const minimiser = new Lbfgs(Float64Array.of(-1.2, 1), { tolerance: 1e-12 });
    minimise(minimiser, ([a = 0, b = 0]) => ({
      value: 1 + (1 - a) ** 2 + 100 * (b - a * a) ** 2,
      gradient: Float64Array.of(-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)),
    }));
    expect(minimiser.best[0]).toBeCloseTo(1, 3);
    expect(minimiser.best[1]).toBeCloseTo(1, 3);
  });

  it('stops at once where it starts at the minimum', () => {
    const minimiser = new Lbfgs(new Float64Array(3));
    const values = minimise(minimiser, (x) => ({
      value: 2 + x.reduce((sum, v) => sum + v * v, 0),
      gradient: x.map((v) => 2 * v),
    }));
    expect(values).toEqual([2]);
  });
});
