import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import reference from '../../../test/fixtures/evidence/reference.json' with { type: 'json' };
import { Random } from '../../base/index.ts';
import { logLoss } from '../metrics/log-loss.ts';
import type { Predictions } from '../metrics/metric.ts';
import { reliability } from './reliability.ts';
import { softmax } from './softmax.ts';
import { fitTemperature } from './temperature.ts';

const someLogits = fc
  .record({
    classes: fc.integer({ min: 2, max: 5 }),
    seed: fc.integer(),
    signal: fc.double({ min: 0, max: 4, noNaN: true }),
  })
  .map(({ classes, seed, signal }): Predictions => {
    const random = new Random(seed);
    const labels = Int32Array.from({ length: 40 }, () => random.integer(classes));
    const scores = Float32Array.from({ length: 40 * classes }, () => random.normal());
    labels.forEach((label, i) => {
      scores[i * classes + label] = scores[i * classes + label]! + signal;
    });
    return { classes, labels, scores };
  });

function isRight({ classes, labels, scores }: Predictions): boolean {
  return labels.every((label, i) =>
    scores.subarray(i * classes, (i + 1) * classes).every((s) => s <= scores[i * classes + label]!),
  );
}

describe('fitTemperature', () => {
  it('finds the optimum that SciPy finds', () => {
    for (const { classes, labels, logits, expected } of reference.predictions) {
      const predictions = { classes, labels: Int32Array.from(labels), scores: Float32Array.from(logits) };
      const result = fitTemperature(predictions);
      expect(result.temperature).toBeCloseTo(expected.temperature.temperature, 4);
      expect(result.logLoss).toBeCloseTo(expected.temperature.logLoss, 9);
      expect(result.logLossBefore).toBeCloseTo(expected.temperature.logLossBefore, 9);
      const after = logLoss.of({ ...predictions, scores: softmax(predictions.scores, classes, result.temperature) });
      expect(after).toBeCloseTo(result.logLoss, 5);
    }
  });

  it('never worsens the likelihood', () => {
    fc.assert(
      fc.property(someLogits, (predictions) => {
        const { logLoss: after, logLossBefore } = fitTemperature(predictions);
        expect(after).toBeLessThanOrEqual(logLossBefore + 1e-12);
      }),
    );
  });

  it('scales with the logits', () => {
    fc.assert(
      fc.property(someLogits, fc.constantFrom(0.125, 0.5, 4, 32), (predictions, factor) => {
        fc.pre(!isRight(predictions));
        const base = fitTemperature(predictions).temperature;
        // Temperatures at a bound cannot follow.
        fc.pre(base > 0.05 && base < 10);
        const scaled = fitTemperature({
          ...predictions,
          scores: predictions.scores.map((s) => s * factor),
        }).temperature;
        expect(scaled / base / factor).toBeCloseTo(1, 5);
      }),
    );
  });

  it('is not surer than the number of right answers allows', () => {
    const rows = 30;
    const labels = new Int32Array(rows);
    const margins = Float32Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? 0.2 : 0));
    const { temperature } = fitTemperature({ classes: 2, scores: margins, labels });
    const top = softmax(margins, 2, temperature)[0]!;
    expect(top).toBeCloseTo((rows + 1) / (rows + 2), 5);
  });

  it('leaves right and sure answers alone', () => {
    const sure = Float32Array.of(50, 0, 0, 50);
    expect(fitTemperature({ classes: 2, scores: sure, labels: Int32Array.of(0, 1) }).temperature).toBe(1);
  });

  it('stands infinite logits and useless ones', () => {
    const certain = Float32Array.of(0, Number.NEGATIVE_INFINITY, 0, 1, 1, 0);
    const { temperature } = fitTemperature({ classes: 2, scores: certain, labels: Int32Array.of(0, 1, 1) });
    expect(temperature).toBeGreaterThan(0);
    const flat = fitTemperature({ classes: 3, scores: new Float32Array(6), labels: Int32Array.of(0, 1) });
    expect(flat.logLoss).toBeCloseTo(Math.log(3), 12);
    const reversed = fitTemperature({ classes: 2, scores: Float32Array.of(0, 1, 1, 0), labels: Int32Array.of(0, 1) });
    expect(reversed.temperature).toBeCloseTo(1000, 6);
  });
});

describe('softmax', () => {
  it('sums to one and keeps the order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -80, max: 80, noNaN: true }), { minLength: 3, maxLength: 3 }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (row, temperature) => {
          const p = softmax(Float32Array.from(row), 3, temperature);
          expect(p[0]! + p[1]! + p[2]!).toBeCloseTo(1, 5);
          for (let a = 0; a < 3; a++)
            for (let b = 0; b < 3; b++) if (row[a]! > row[b]!) expect(p[a]).toBeGreaterThanOrEqual(p[b]!);
        },
      ),
    );
    expect(() => softmax(new Float32Array(3), 2)).toThrow(/rows of 2/);
    expect(() => softmax(new Float32Array(2), 2, 0)).toThrow(/temperature/);
  });
});

describe('reliability', () => {
  it('lists confidence beside accuracy, least confident first', () => {
    const scores = Float32Array.of(0.6, 0.4, 0.7, 0.3, 0.8, 0.2, 0.9, 0.1);
    const table = reliability({ classes: 2, scores, labels: Int32Array.of(1, 0, 0, 0) }, 2);
    expect(table.map(({ count, accuracy }) => [count, accuracy])).toEqual([
      [2, 0.5],
      [2, 1],
    ]);
    expect(table[0]!.confidence).toBeCloseTo(0.65, 6);
    expect(table[1]!.low).toBeLessThan(1);
  });

  it('puts equal confidences into one bin', () => {
    const scores = Float32Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 0.75 : 0.25));
    expect(reliability({ classes: 2, scores, labels: new Int32Array(20) }).length).toBe(1);
  });
});
