import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import reference from '../../../test/fixtures/evidence/reference.json' with { type: 'json' };
import { areaUnderRoc, auc } from './auc.ts';
import { confusion } from './confusion.ts';
import { expectedCalibrationError } from './expected-calibration-error.ts';
import { classificationMetrics } from './list.ts';
import type { Metric, Predictions } from './metric.ts';
import { perClass } from './per-class.ts';
import { topKAccuracy } from './top-k.ts';

const cases = reference.predictions.map(({ classes, labels, probabilities, expected }) => ({
  predictions: { classes, labels: Int32Array.from(labels), scores: Float32Array.from(probabilities) },
  expected: new Map<string, unknown>(Object.entries(expected)),
}));

function metricsFor(classes: number): readonly Metric[] {
  return [...classificationMetrics(classes), topKAccuracy(2)];
}

/** Rows whose probabilities repeat often, so that ties are common. */
const somePredictions = fc
  .record({ classes: fc.integer({ min: 2, max: 5 }), rows: fc.integer({ min: 1, max: 30 }) })
  .chain(({ classes, rows }) =>
    fc.record({
      classes: fc.constant(classes),
      labels: fc
        .array(fc.integer({ min: 0, max: classes - 1 }), { minLength: rows, maxLength: rows })
        .map((labels) => Int32Array.from(labels)),
      scores: fc
        .array(fc.integer({ min: 1, max: 6 }), { minLength: rows * classes, maxLength: rows * classes })
        .map((values) => normalised(values, classes)),
    }),
  );

function normalised(values: readonly number[], classes: number): Float32Array {
  return Float32Array.from(values, (value, i) => {
    const start = i - (i % classes);
    return value / values.slice(start, start + classes).reduce((a, b) => a + b, 0);
  });
}

function take({ classes, labels, scores }: Predictions, rows: readonly number[]): Predictions {
  return {
    classes,
    labels: Int32Array.from(rows, (i) => labels[i]!),
    scores: Float32Array.from(rows.flatMap((i) => [...scores.subarray(i * classes, (i + 1) * classes)])),
  };
}

describe('metrics', () => {
  it.each(cases)('agree with scikit-learn', ({ predictions, expected }) => {
    let compared = 0;
    for (const metric of metricsFor(predictions.classes)) {
      const value = expected.get(metric.id);
      if (typeof value !== 'number') continue;
      expect(metric.of(predictions), metric.id).toBeCloseTo(value, 6);
      compared++;
    }
    expect(compared).toBeGreaterThanOrEqual(6);
    expect([...confusion(predictions).counts]).toEqual(expected.get('confusion'));
  });

  it('of a resample equal those of the rows written out', () => {
    fc.assert(
      fc.property(somePredictions, fc.infiniteStream(fc.integer({ min: 0, max: 3 })), (predictions, stream) => {
        const counts = Array.from(predictions.labels, () => stream.next().value ?? 0);
        if (counts.every((count) => count === 0)) counts[0] = 1;
        const rows = counts.flatMap((count, i) => new Array<number>(count).fill(i));
        for (const metric of metricsFor(predictions.classes)) {
          const expected = metric.of(take(predictions, rows));
          const actual = metric.prepare(predictions)(counts);
          if (Number.isNaN(expected)) expect(actual).toBeNaN();
          else expect(actual, metric.id).toBeCloseTo(expected, 10);
        }
      }),
    );
  });

  it('do not depend on the order of the rows', () => {
    fc.assert(
      fc.property(somePredictions, (predictions) => {
        const reversed = take(predictions, [...predictions.labels.keys()].reverse());
        for (const metric of metricsFor(predictions.classes)) {
          const value = metric.of(predictions);
          if (!Number.isNaN(value)) expect(metric.of(reversed), metric.id).toBeCloseTo(value, 10);
        }
      }),
    );
  });

  it('per example average to the metric', () => {
    fc.assert(
      fc.property(somePredictions, (predictions) => {
        for (const metric of metricsFor(predictions.classes)) {
          const values = metric.perExample?.(predictions);
          if (values === undefined) continue;
          const mean = values.reduce((a, b) => a + b, 0) / values.length;
          expect(metric.of(predictions), metric.id).toBeCloseTo(mean, 12);
        }
      }),
    );
  });

  it('refuse arrays that do not fit together', () => {
    const labels = Int32Array.of(0, 1);
    const wrong: Predictions[] = [
      { classes: 2, scores: new Float32Array(3), labels },
      { classes: 1, scores: new Float32Array(2), labels },
      { classes: 2, scores: new Float32Array(4), labels: Int32Array.of(0, 2) },
      { classes: 2, scores: Float32Array.of(0, Number.NaN, 1, 0), labels },
      { classes: 2, scores: new Float32Array(0), labels: new Int32Array(0) },
    ];
    for (const predictions of wrong) {
      for (const metric of metricsFor(2)) expect(() => metric.of(predictions), metric.id).toThrow(/Cannot score/);
    }
  });
});

describe('auc', () => {
  it('counts pairs, ties one half', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 1 })), { minLength: 2 }),
        (rows) => {
          let wins = 0;
          let pairs = 0;
          for (const [high, positive] of rows) {
            for (const [low, negative] of rows) {
              if (positive !== 1 || negative !== 0) continue;
              pairs++;
              wins += high > low ? 1 : high === low ? 0.5 : 0;
            }
          }
          const area = areaUnderRoc(
            rows.map(([score]) => score),
            rows.map(([, label]) => label),
          );
          if (pairs === 0) expect(area).toBeNaN();
          else expect(area).toBeCloseTo(wins / pairs, 12);
        },
      ),
    );
  });

  it('is for two classes', () => {
    expect(() => auc.of({ classes: 3, scores: new Float32Array(3), labels: Int32Array.of(0) })).toThrow(/two/);
  });
});

describe('expectedCalibrationError', () => {
  it('averages the gaps of fifteen bins with as many examples each', () => {
    // Thirty distinct confidences, two to a bin.
    const rows = 30;
    const top = Array.from({ length: rows }, (_, i) => 0.51 + 0.016 * ((i * 7) % rows));
    const labels = Int32Array.from(top, (_, i) => (i % 3 === 0 ? 1 : 0));
    const scores = Float32Array.from(top.flatMap((value) => [value, 1 - value]));
    const order = top.map((_, i) => i).sort((a, b) => top[a]! - top[b]!);
    let expected = 0;
    for (let bin = 0; bin < 15; bin++) {
      const pair = order.slice(2 * bin, 2 * bin + 2);
      const gap = pair.reduce((sum, i) => sum + scores[2 * i]! - (labels[i] === 0 ? 1 : 0), 0);
      expected += Math.abs(gap) / rows;
    }
    expect(expectedCalibrationError.of({ classes: 2, scores, labels })).toBeCloseTo(expected, 9);
  });
});

describe('perClass', () => {
  it('reports recall and precision with their intervals', () => {
    const [cats, dogs] = perClass({ classes: 2, counts: Float64Array.of(8, 2, 0, 0) });
    expect(cats).toMatchObject({ support: 10, predicted: 8, recall: 0.8, precision: 1 });
    expect(cats?.recallInterval.low).toBeCloseTo(0.4902, 4);
    expect(cats?.recallInterval.high).toBeCloseTo(0.9433, 4);
    expect(dogs?.recall).toBeNaN();
    expect(dogs?.recallInterval).toEqual({ low: 0, high: 1 });
    expect(dogs?.precision).toBe(0);
  });
});
