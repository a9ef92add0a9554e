import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asBlocks, type Matrix, Random, type RowBlocks } from '../../base/index.ts';
import { areaUnderRoc } from '../metrics/auc.ts';
import { crossNovelty } from './cross-novelty.ts';
import { fitNovelty } from './fit-novelty.ts';
import { type Novelty, noveltyOf } from './novelty.ts';
import { sphericalCentres } from './spherical-centres.ts';
import { thresholdAt } from './threshold.ts';

/** Codes as a ReLU gives them: class directions plus noise, clipped at zero. Kinds share no direction. */
function simulate(seed: number, kind: string, classes: number, each: number, cols: number) {
  const directions = new Random(`${kind}`);
  const centres = Array.from({ length: classes }, () =>
    Float64Array.from({ length: cols }, () => Math.max(0, directions.normal() - 0.8)),
  );
  const random = new Random(seed);
  const rows = classes * each;
  const labels = Int32Array.from({ length: rows }, (_, i) => i % classes);
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const brightness = 0.5 + random.next();
    for (let d = 0; d < cols; d++) {
      data[i * cols + d] = Math.max(0, brightness * (centres[labels[i]!]![d]! + 0.35 * random.normal()));
    }
  }
  return { codes: asBlocks({ rows, cols, data }), labels };
}

function inBlocks(codes: RowBlocks, size: number): RowBlocks {
  const [whole] = [...codes.blocks()];
  if (whole === undefined) throw new Error('no rows');
  const { rows, cols, data } = whole;
  return {
    rows,
    cols,
    *blocks(): Iterable<Matrix> {
      const buffer = new Float32Array(size * cols);
      for (let from = 0; from < rows; from += size) {
        const count = Math.min(size, rows - from);
        buffer.set(data.subarray(from * cols, (from + count) * cols));
        yield { rows: count, cols, data: buffer.subarray(0, count * cols) };
      }
    },
  };
}

function folds(rows: number, count: number) {
  return { count, fold: Int32Array.from({ length: rows }, (_, i) => Math.floor(i / 3) % count) };
}

function auroc(inside: Float32Array, outside: Float32Array): number {
  const scores = [...inside, ...outside];
  return areaUnderRoc(
    scores,
    scores.map((_, i) => (i < inside.length ? 0 : 1)),
  );
}

describe('novelty', () => {
  it.each([
    { classes: 10, each: 30, cols: 256 },
    { classes: 12, each: 5, cols: 1280 },
    { classes: 2, each: 5, cols: 640 },
    { classes: 3, each: 1, cols: 128 },
  ])('tells another kind of input: $classes classes of $each, $cols channels', ({ classes, each, cols }) => {
    const train = simulate(1, 'flowers', classes, each, cols);
    const held = simulate(2, 'flowers', classes, 20, cols);
    const other = simulate(3, 'cells', 4, 30, cols);
    const novelty = fitNovelty(train.codes, train.labels);
    expect(auroc(noveltyOf(novelty, held.codes), noveltyOf(novelty, other.codes))).toBeGreaterThan(0.97);
  });

  it('is one minus the largest cosine, by the plain formula', () => {
    const { codes, labels } = simulate(4, 'flowers', 3, 12, 33);
    const novelty = fitNovelty(codes, labels);
    const scores = noveltyOf(novelty, codes);
    const [block] = [...codes.blocks()];
    for (let i = 0; i < codes.rows; i++) {
      const scaled = Array.from({ length: 33 }, (_, d) => block!.data[i * 33 + d]! * novelty.scale[d]!);
      const length = Math.hypot(...scaled);
      let largest = -1;
      for (let k = 0; k < novelty.classOf.length; k++) {
        const prototype = [...novelty.prototypes.subarray(k * 33, (k + 1) * 33)];
        expect(Math.hypot(...prototype)).toBeCloseTo(1, 5);
        largest = Math.max(largest, scaled.reduce((sum, v, d) => sum + v * prototype[d]!, 0) / length);
      }
      expect(scores[i]).toBeCloseTo(1 - largest, 5);
    }
  });

  it('does not depend on how the rows are cut into blocks, nor on brightness', () => {
    const { codes, labels } = simulate(5, 'flowers', 4, 40, 48);
    const whole = fitNovelty(codes, labels, { seed: 3 });
    expect(fitNovelty(inBlocks(codes, 7), labels, { seed: 3 })).toEqual(whole);
    const scores = noveltyOf(whole, codes);
    expect(noveltyOf(whole, inBlocks(codes, 13))).toEqual(scores);
    const [block] = [...codes.blocks()];
    const brighter = asBlocks({ ...block!, data: block!.data.map((value) => 3 * value) });
    noveltyOf(whole, brighter).forEach((score, i) => {
      expect(score).toBeCloseTo(scores[i]!, 5);
    });
  });

  it('gives a class of two kinds a prototype for each', () => {
    const apples = simulate(6, 'apples', 1, 60, 64);
    const bicycles = simulate(7, 'bicycles', 1, 60, 64);
    const data = Float32Array.from(
      [...apples.codes.blocks(), ...bicycles.codes.blocks()].flatMap(({ data }) => [...data]),
    );
    const codes = asBlocks({ rows: 120, cols: 64, data });
    const labels = new Int32Array(120);
    // Largest cosine between any prototype and the mean direction of one kind, in the scaled space.
    const closest = (novelty: Novelty, kind: RowBlocks): number => {
      const mean = new Float64Array(64);
      for (const { rows, data } of kind.blocks()) {
        for (let i = 0; i < rows; i++) {
          const row = data.subarray(i * 64, (i + 1) * 64);
          for (let d = 0; d < 64; d++) mean[d] = mean[d]! + (row[d]! * novelty.scale[d]!) / Math.hypot(...row);
        }
      }
      return (
        1 -
        noveltyOf(
          { ...novelty, scale: new Float32Array(64).fill(1) },
          asBlocks({ rows: 1, cols: 64, data: Float32Array.from(mean) }),
        )[0]!
      );
    };
    const several = fitNovelty(codes, labels);
    const single = fitNovelty(codes, labels, { centres: 0 });
    for (const kind of [apples.codes, bicycles.codes]) {
      expect(closest(several, kind)).toBeGreaterThan(0.98);
      expect(closest(single, kind)).toBeLessThan(0.95);
    }
  });

  it('calls a code of zeros wholly novel and ignores rows without a label', () => {
    const { codes, labels } = simulate(9, 'flowers', 2, 6, 16);
    const novelty = fitNovelty(codes, labels);
    expect([...noveltyOf(novelty, asBlocks({ rows: 1, cols: 16, data: new Float32Array(16) }))]).toEqual([1]);
    const [block] = [...codes.blocks()];
    const data = Float32Array.from([...block!.data, ...new Float32Array(16).fill(9)]);
    const more = asBlocks({ rows: codes.rows + 1, cols: 16, data });
    expect(fitNovelty(more, Int32Array.from([...labels, -1]))).toEqual(novelty);
  });

  it('refuses what does not fit together', () => {
    const { codes, labels } = simulate(9, 'flowers', 2, 6, 16);
    const narrow = asBlocks({ rows: 1, cols: 3, data: new Float32Array(3) });
    expect(() => noveltyOf(fitNovelty(codes, labels), narrow)).toThrow(/3 channels/);
    expect(() => fitNovelty(codes, labels.subarray(1))).toThrow(/12 rows of codes, 11 labels/);
    expect(() =>
      fitNovelty(
        codes,
        labels.map(() => -1),
      ),
    ).toThrow(/no row has a label/);
    expect(() => crossNovelty(codes, labels, folds(3, 2))).toThrow(/folds/);
  });
});

describe('crossNovelty', () => {
  it('scores each row by the other folds', () => {
    const { codes, labels } = simulate(10, 'flowers', 3, 15, 40);
    const plan = folds(codes.rows, 5);
    const scores = crossNovelty(inBlocks(codes, 8), labels, plan, { seed: 2 });
    for (let f = 0; f < plan.count; f++) {
      const without = fitNovelty(
        codes,
        labels.map((label, i) => (plan.fold[i] === f ? -1 : label)),
        { seed: 2 },
      );
      const expected = noveltyOf(without, codes);
      for (let i = 0; i < codes.rows; i++) if (plan.fold[i] === f) expect(scores[i]).toBe(expected[i]);
    }
  });

  it('is what new images of the kind score, where scores of the training images would be too low', () => {
    const { codes, labels } = simulate(11, 'flowers', 6, 12, 200);
    const fresh = simulate(12, 'flowers', 6, 60, 200);
    const novelty = fitNovelty(codes, labels);
    const crossed = crossNovelty(codes, labels, folds(codes.rows, 5));
    const onFresh = noveltyOf(novelty, fresh.codes);
    expect(Math.abs(auroc(crossed, onFresh) - 0.5)).toBeLessThan(0.15);
    expect(auroc(noveltyOf(novelty, codes), onFresh)).toBeGreaterThan(auroc(crossed, onFresh) + 0.1);
  });

  it('leaves out a class that lies in one fold', () => {
    const { codes } = simulate(13, 'flowers', 1, 9, 16);
    const labels = Int32Array.of(0, 0, 0, 1, 1, 1, 0, 0, 0);
    const scores = crossNovelty(codes, labels, folds(9, 3));
    expect([...scores].map(Number.isNaN)).toEqual([false, false, false, true, true, true, false, false, false]);
  });
});

describe('thresholdAt', () => {
  it('refuses the share it promises, with an honest interval', () => {
    const random = new Random(5);
    let covered = 0;
    let refused = 0;
    const runs = 500;
    for (let run = 0; run < runs; run++) {
      const result = thresholdAt(
        Float64Array.from({ length: 300 }, () => random.next()),
        0.02,
      );
      // Uniform novelty: the share of new images above the threshold is 1 − threshold.
      const share = 1 - result.threshold;
      refused += share / runs;
      if (result.refused.low <= share && share <= result.refused.high) covered++;
    }
    expect(refused).toBeCloseTo(0.02, 2);
    expect(covered / runs).toBeGreaterThan(0.92);
    expect(covered / runs).toBeLessThan(0.98);
  });

  it('takes an order statistic, leaving out what is not a number', () => {
    const values = Float32Array.from({ length: 100 }, (_, i) => (i * 37) % 100);
    expect(thresholdAt([...values, Number.NaN], 0.1).threshold).toBe(90);
    const few = thresholdAt([0.3, 0.1, 0.2], 0.02);
    expect(few.threshold).toBeCloseTo(0.3, 12);
    expect(few.refused.mean).toBeCloseTo(0.25, 12);
    expect(() => thresholdAt([Number.NaN])).toThrow(/no image/);
    expect(() => thresholdAt([1], 1)).toThrow(/between 0 and 1/);
  });

  it('never refuses more of its own images than asked', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 80 }),
        fc.double({ min: 0.005, max: 0.5, noNaN: true }),
        (values, share) => {
          const { threshold } = thresholdAt(values, share);
          expect(values.filter((value) => value > threshold).length).toBeLessThanOrEqual(share * (values.length + 1));
        },
      ),
    );
  });
});

describe('sphericalCentres', () => {
  it('finds clusters, and no more centres than there are rows of a kind', () => {
    const rows = Float32Array.from([1, 0, 0, 1, 1, 0, 0, 1]);
    const found = sphericalCentres(rows, 2, 2, 1, new Random(1)).map((centre) => [...centre]);
    expect(found.sort((a, b) => a[0]! - b[0]!)).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(sphericalCentres(Float32Array.of(1, 0, 1, 0), 2, 2, 1, new Random(1)).length).toBe(1);
    expect(sphericalCentres(Float32Array.of(1, 0, 1, 0, 0, 1), 2, 2, 2, new Random(1)).length).toBe(1);
  });
});
