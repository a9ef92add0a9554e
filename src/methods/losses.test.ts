import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Loss, softmaxLoss, squaredHingeLoss, squaredLoss } from './losses.ts';

const STEP = 1e-3;

describe.each<[string, Loss, number, number]>([
  ['softmax', softmaxLoss, 4, 4],
  ['squares', squaredLoss, 4, 4],
  ['squared hinge', squaredHingeLoss, 1, 2],
])('%s loss', (_, loss, width, targets) => {
  it('has the slope that differences show', () => {
    const logit = fc.double({ min: -4, max: 4, noNaN: true }).filter((z) => Math.abs(Math.abs(z) - 1) > 0.01);
    const weight = fc.double({ min: 0.1, max: 3, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(logit, { minLength: width, maxLength: width }),
        fc.nat(targets - 1),
        weight,
        (z, target, w) => {
          const gradient = new Float32Array(width);
          loss.row(Float32Array.from(z), 0, width, target, w, gradient);
          const valueAt = (moved: readonly number[]) =>
            loss.row(Float32Array.from(moved), 0, width, target, w, new Float32Array(width));
          for (let c = 0; c < width; c++) {
            const above = valueAt(z.map((v, i) => (i === c ? Math.fround(v) + STEP : v)));
            const below = valueAt(z.map((v, i) => (i === c ? Math.fround(v) - STEP : v)));
            expect(Math.abs((above - below) / (2 * STEP) - gradient[c]!)).toBeLessThan(0.01 * w);
          }
        },
      ),
    );
  });

  it('keeps to its place among the logits of other problems', () => {
    const gradient = new Float32Array(width + 4);
    const logits = new Float32Array(width + 4).fill(0.3);
    loss.row(logits, 2, width, 0, 1, gradient);
    expect([...gradient.subarray(0, 2), ...gradient.subarray(width + 2)]).toEqual([0, 0, 0, 0]);
  });
});

describe('softmax loss', () => {
  it('stays exact where a class is all but certain', () => {
    const gradient = new Float32Array(2);
    expect(softmaxLoss.row(Float32Array.of(30, 0), 0, 2, 0, 1, gradient)).toBeCloseTo(Math.exp(-30), 20);
    expect(gradient[0]).toBeLessThan(0);
  });
});
