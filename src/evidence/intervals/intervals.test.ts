import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import reference from '../../../test/fixtures/evidence/reference.json' with { type: 'json' };
import { Random } from '../../base/index.ts';
import { accuracy } from '../metrics/accuracy.ts';
import { logLoss } from '../metrics/log-loss.ts';
import { macroF1 } from '../metrics/macro-f1.ts';
import { bootstrap } from './bootstrap.ts';
import { estimate, proportionOf } from './estimate.ts';
import { designEffect, groupsOf } from './groups.ts';
import { wilson } from './wilson.ts';

describe('wilson', () => {
  it('agrees with SciPy', () => {
    for (const [successes, total, level, low, high] of reference.wilson) {
      const interval = wilson(successes!, total!, level!);
      expect(interval.low).toBeCloseTo(low!, 10);
      expect(interval.high).toBeCloseTo(high!, 10);
    }
  });

  it('holds the share, mirrors, and knows nothing of nothing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.double({ min: 0, max: 1, noNaN: true }), (total, share) => {
        const successes = Math.round(share * total);
        const { low, high } = wilson(successes, total);
        const mirrored = wilson(total - successes, total);
        expect(low).toBeLessThanOrEqual(successes / total);
        expect(high).toBeGreaterThanOrEqual(successes / total);
        expect(mirrored.low).toBeCloseTo(1 - high, 12);
      }),
    );
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
    expect(() => wilson(3, 2)).toThrow(/Cannot give an interval/);
  });
});

/** Two-class predictions that are right with the given chance; groups of a size share their luck. */
function simulate(random: Random, groups: number, size: number, chance: number) {
  const rows = groups * size;
  const labels = new Int32Array(rows);
  const scores = new Float32Array(2 * rows);
  const ids = Int32Array.from(labels, (_, i) => 1000 - Math.floor(i / size));
  for (let g = 0; g < groups; g++) {
    const right = random.next() < chance;
    const confidence = 0.5 + 0.5 * random.next();
    for (let k = 0; k < size; k++) {
      const i = g * size + k;
      labels[i] = random.integer(2);
      scores[2 * i + (right ? labels[i]! : 1 - labels[i]!)] = confidence;
      scores[2 * i + (right ? 1 - labels[i]! : labels[i]!)] = 1 - confidence;
    }
  }
  return { predictions: { classes: 2, labels, scores }, ids };
}

describe('estimate', () => {
  it('covers the true accuracy of grouped examples, where a row-wise interval does not', () => {
    const random = new Random(3);
    let covered = 0;
    let naive = 0;
    const runs = 400;
    for (let run = 0; run < runs; run++) {
      const { predictions, ids } = simulate(random, 50, 4, 0.9);
      const grouped = estimate(accuracy, predictions, { groups: ids });
      const rowWise = estimate(accuracy, predictions);
      if (grouped.low <= 0.9 && 0.9 <= grouped.high) covered++;
      if (rowWise.low <= 0.9 && 0.9 <= rowWise.high) naive++;
    }
    expect(covered / runs).toBeGreaterThan(0.92);
    expect(naive / runs).toBeLessThan(0.8);
  });

  it('is Wilson for a proportion, also where all copies are right', () => {
    const values = new Uint8Array(20).fill(1);
    expect(proportionOf('accuracy', values)).toEqual({ metric: 'accuracy', mean: 1, ...wilson(20, 20) });
    const pairs = Int32Array.from(values, (_, i) => i >> 1);
    expect(proportionOf('accuracy', values, { groups: pairs }).low).toBeCloseTo(wilson(10, 10).low, 12);
  });
});

describe('bootstrap', () => {
  it.each(['bca', 'percentile'] as const)('covers the true log loss (%s)', (kind) => {
    // −ln of a uniform confidence where right is the only randomness: E over [0.5, 1] of −ln c is 1 − ln 2.
    const truth = 1 - Math.LN2;
    const random = new Random(11);
    let covered = 0;
    const runs = 200;
    for (let run = 0; run < runs; run++) {
      const { predictions } = simulate(random, 60, 1, 1);
      const { low, high } = bootstrap(logLoss, predictions, { kind, bootstraps: 300, seed: run });
      if (low <= truth && truth <= high) covered++;
    }
    expect(covered / runs).toBeGreaterThan(0.9);
    expect(covered / runs).toBeLessThan(0.99);
  });

  it('repeats for a seed, widens with groups and with the level', () => {
    const { predictions, ids } = simulate(new Random(5), 40, 3, 0.8);
    const plain = bootstrap(macroF1, predictions, { seed: 1 });
    expect(bootstrap(macroF1, predictions, { seed: 1 })).toEqual(plain);
    expect(bootstrap(macroF1, predictions, { seed: 2 })).not.toEqual(plain);
    const grouped = bootstrap(macroF1, predictions, { seed: 1, groups: ids });
    const wide = bootstrap(macroF1, predictions, { seed: 1, level: 0.99 });
    expect(grouped.high - grouped.low).toBeGreaterThan(1.4 * (plain.high - plain.low));
    expect(wide.low).toBeLessThan(plain.low);
    expect(wide.high).toBeGreaterThan(plain.high);
  });
});

describe('groups', () => {
  it('are numbered in the order of their first row', () => {
    expect(groupsOf(4, [7, 9, 7, -1])).toEqual({ count: 3, of: Uint32Array.of(0, 1, 0, 2) });
    expect(groupsOf(3).count).toBe(3);
    expect(() => groupsOf(3, [1])).toThrow(/group ids/);
  });

  it('takes a group that holds all the variation for one vote', () => {
    // 30 frames of one video among 970 single images: the mean varies as that of 1,000 / 29.1 independent ones.
    const values = Float64Array.from({ length: 1000 }, (_, row) => (row < 30 ? 1 : 0));
    const groups = groupsOf(
      1000,
      values.map((value, row) => (value === 1 ? 0 : row)),
    );
    const clustered = (30 * 0.97) ** 2 + 970 * 0.03 ** 2;
    const independent = 30 * 0.97 ** 2 + 970 * 0.03 ** 2;
    expect(designEffect(values, groups)).toBeCloseTo(((clustered / independent) * 971) / 970, 6);
  });

  it('have the design effect of their size where their rows are copies, and none where rows are independent', () => {
    const copies = groupsOf(
      2000,
      Int32Array.from({ length: 2000 }, (_, i) => i >> 2),
    );
    const random = new Random(2);
    const shared = Float64Array.from({ length: 500 }, () => random.next());
    expect(
      designEffect(
        Float64Array.from(copies.of, (g) => shared[g]!),
        copies,
      ),
    ).toBeCloseTo(4, 1);
    expect(
      designEffect(
        Float64Array.from(copies.of, () => random.next()),
        copies,
      ),
    ).toBeLessThan(1.3);
  });
});
