import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../base/index.ts';
import { type Candidate, fieldOf } from './candidates.ts';
import { choose } from './choose.ts';
import { confidenceSet } from './confidence-set.ts';
import { explain } from './explain.ts';
import { bestRule } from './rule.ts';
import { affordableBootstraps, meanOf, meansOf, resample, scoreTable } from './score-table.ts';
import { correctForSelection } from './winners-curse.ts';

/** Right or wrong for each example and candidate; with chance `shared` an example has one difficulty for all. */
function simulate(random: Random, rows: number, chances: readonly number[], shared: number): Candidate[] {
  const difficulty = Float64Array.from({ length: rows }, () => (random.next() < shared ? random.next() : -1));
  return chances.map((chance, j) => ({
    id: `m${j}`,
    cost: j + 1,
    correct: Uint8Array.from(difficulty, (u) => ((u >= 0 ? u : random.next()) < chance ? 1 : 0)),
  }));
}

/** `right` ones, then zeros. */
function first(right: number, rows: number): Uint8Array {
  return new Uint8Array(rows).fill(1, 0, right);
}

describe('scoreTable', () => {
  it('resamples as the rows written out would', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 25 }).chain((rows) =>
          fc.record({
            values: fc.array(fc.array(fc.integer({ min: 0, max: 1 }), { minLength: rows, maxLength: rows }), {
              minLength: 1,
              maxLength: 4,
            }),
            groups: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: rows, maxLength: rows }),
          }),
        ),
        ({ values, groups }) => {
          const columns = values.map((column) => Uint8Array.from(column));
          const table = scoreTable(columns, groups);
          const whole = meansOf(table, table.multiplicity, new Float64Array(columns.length));
          columns.forEach((column, j) => {
            expect(whole[j]).toBeCloseTo(column.reduce((a, b) => a + b, 0) / column.length, 10);
          });
          resample(table, 5, new Random(1), ({ inBag, outOfBag }) => {
            expect(inBag.reduce((a, b) => a + b, 0)).toBe(table.units);
            const left = outOfBag.reduce((a, b) => a + b, 0);
            expect(left).toBeLessThan(table.units);
            if (left > 0) {
              const means = meansOf(table, outOfBag, new Float64Array(columns.length));
              for (let j = 0; j < columns.length; j++) expect(meanOf(table, outOfBag, j)).toBeCloseTo(means[j]!, 12);
            }
          });
        },
      ),
    );
  });

  it('keeps one row a pattern', () => {
    const table = scoreTable([Uint8Array.of(1, 1, 0, 1), Uint8Array.of(1, 1, 0, 0)]);
    expect(table.multiplicity).toEqual(Uint32Array.of(2, 1, 1));
    expect(table.patternOf).toEqual(Uint32Array.of(0, 0, 1, 2));
  });

  it('asks for fewer resamples of a huge table', () => {
    const small = scoreTable([first(3, 5)]);
    expect(affordableBootstraps(small, 1000)).toBe(1000);
    const huge = { ...small, units: 4_000_000 };
    expect(affordableBootstraps(huge, 1000)).toBe(200);
  });
});

describe('confidenceSet', () => {
  it('holds the truly best candidate as often as it promises, and drops the clearly worse', () => {
    const random = new Random(6);
    let held = 0;
    let size = 0;
    const runs = 300;
    for (let run = 0; run < runs; run++) {
      const chances = [0.7, 0.9, 0.9, 0.91, 0.9, 0.9, 0.9, 0.9];
      const candidates = simulate(random, 250, chances, 0.5);
      const table = scoreTable(candidates.map((c) => ('correct' in c ? c.correct : c.loss)));
      const { members } = confidenceSet(table, { level: 0.95, bootstraps: 200, seed: run });
      if (members.includes(3)) held++;
      if (members.includes(0)) size++;
    }
    expect(held / runs).toBeGreaterThan(0.93);
    expect(size).toBe(0);
  });

  it('keeps twins together', () => {
    const table = scoreTable([first(90, 100), first(90, 100), first(60, 100)]);
    expect(confidenceSet(table, { level: 0.95, bootstraps: 500, seed: 1 }).members).toEqual([0, 1]);
  });
});

describe('choose', () => {
  const rows = 1000;
  const best: Candidate = { id: 'all taps · softmax', cost: 1, correct: first(964, rows) };

  it('takes the cheaper of two that cannot be told apart, and says why', () => {
    const near: Candidate = { id: 'stage5 · ridge', cost: 0.63, correct: first(961, rows) };
    const result = choose([best, near], { seed: 1, saving: () => 'runs 63 % of the network' });
    expect(result.chosen).toBe(1);
    expect(result.best).toBe(0);
    expect(result.members).toEqual([0, 1]);
    expect(result.gain?.mean).toBeCloseTo(0.003, 12);
    expect(result.why).toMatch(
      /^`stage5 · ridge` scores 96\.1 %; the best of 2 candidates, `all taps · softmax`, 96\.4 %: a difference of 3 images in 1,000, not distinguishable \(95 % interval of the gain −0\.1 … \+0\.7 points\)\. The cheaper one wins: it runs 63 % of the network\.$/,
    );
  });

  it('does not give away more than the margin, however weak the test', () => {
    const few = 60;
    const weak: Candidate[] = [
      { id: 'dear', cost: 1, correct: first(57, few) },
      { id: 'cheap', cost: 0.5, correct: first(55, few) },
    ];
    const result = choose(weak);
    expect(result.members).toEqual([0, 1]);
    expect(result.chosen).toBe(0);
    expect(result.gain).toBeNull();
    expect(result.why).toMatch(/a difference of 2 images in 60, more than 0\.5 points/);
    expect(choose(weak, { margin: 0.05 }).chosen).toBe(1);
  });

  it('does not take what is distinguishably worse, however small the difference', () => {
    const many = 20_000;
    const pair: Candidate[] = [
      { id: 'dear', cost: 1, correct: first(19_000, many) },
      { id: 'cheap', cost: 0.5, correct: first(18_950, many) },
    ];
    const result = choose(pair);
    expect(result.chosen).toBe(0);
    expect(result.members).toEqual([0]);
    expect(result.why).toContain('and the difference is distinguishable');
  });

  it('takes the cheapest of equals, and of equal cost the better', () => {
    const twins: Candidate[] = [
      best,
      { ...best, id: 'twin', cost: 0.2 },
      { id: 'less', cost: 0.2, correct: first(963, rows) },
    ];
    const result = choose(twins);
    expect(result.chosen).toBe(1);
    expect(result.why).toBe('`twin` scores 96.4 %, the best of 3 candidates. None is cheaper.');
  });

  it('compares losses, lower being better', () => {
    const random = new Random(3);
    const base = Float64Array.from({ length: 400 }, () => -Math.log(random.next()));
    const losses: Candidate[] = [
      { id: 'good', cost: 1, loss: base },
      { id: 'bad', cost: 0.1, loss: base.map((loss) => loss + 0.5) },
      { id: 'near', cost: 0.5, loss: base.map((loss, i) => loss + (i % 2 === 0 ? 0.05 : -0.048)) },
    ];
    const result = choose(losses, { metric: 'log loss', margin: 0.01 });
    expect(result.best).toBe(0);
    expect(result.chosen).toBe(2);
    expect(result.means[1]! - result.means[0]!).toBeCloseTo(0.5, 4);
    expect(result.comparison).toBeNull();
    expect(result.why).toContain('log loss');
  });

  it('words a tie among many whose pairwise interval would decide', () => {
    const candidates = [best, { ...best, id: 'cheap', cost: 0.4 }, { ...best, id: 'other' }];
    const facts = {
      candidates,
      means: Float64Array.of(0.964, 0.961, 0.95),
      chosen: 1,
      best: 0,
      rival: 1,
      margin: 0.005,
    };
    const difference = { metric: 'gain', mean: 0.003, low: 0.001, high: 0.007 };
    const field = fieldOf(candidates);
    const tied = explain({ ...facts, field, difference, level: 0.95, options: { noun: 'text' } });
    expect(tied).toContain('3 texts in 1,000, not distinguishable among 3 candidates (95 % interval of the gain +0.1');
    expect(tied).toMatch(/it costs 40 % of the other\.$/);
    const lost = explain({
      ...facts,
      chosen: 0,
      field,
      difference: { ...difference, low: -0.001 },
      level: 0.95,
      options: {},
    });
    expect(lost).toContain('and another is distinguishably better');
  });

  it('repeats for a seed', () => {
    const candidates = simulate(new Random(1), 200, [0.9, 0.91, 0.92], 0.5);
    const { rule: _first, ...once } = choose(candidates, { seed: 5 });
    const { rule: _second, ...again } = choose(candidates, { seed: 5 });
    expect(again).toEqual(once);
  });

  it('refuses candidates that were not measured alike', () => {
    expect(() => choose([])).toThrow(/no candidates/);
    expect(() => choose([best, { id: 'x', cost: 1, correct: first(1, 3) }])).toThrow(/must be the same/);
    expect(() => choose([best, { id: 'x', cost: 1, loss: new Float64Array(rows) }])).toThrow(/right or wrong/);
    expect(() => choose([{ id: 'x', cost: 1, loss: Float64Array.of(Number.NaN) }])).toThrow(/finite/);
  });
});

describe('correctForSelection', () => {
  it('frees the best of twenty equal models of its luck', () => {
    const random = new Random(12);
    let apparent = 0;
    let corrected = 0;
    let covered = 0;
    const runs = 150;
    for (let run = 0; run < runs; run++) {
      const candidates = simulate(random, 150, new Array<number>(20).fill(0.93), 0.3);
      const result = correctForSelection(candidates, { bootstraps: 150, seed: run });
      apparent += (result.apparent - 0.93) / runs;
      corrected += (result.mean - 0.93) / runs;
      if (result.low <= 0.93 && 0.93 <= result.high) covered++;
    }
    // 2.7 to 3.6 points by calculation for little or no correlation between the models.
    expect(apparent).toBeGreaterThan(0.025);
    expect(apparent).toBeLessThan(0.038);
    expect(Math.abs(corrected)).toBeLessThan(0.005);
    expect(covered / runs).toBeGreaterThan(0.92);
  });

  it('repeats the choice of the cheapest within the margin', () => {
    const random = new Random(2);
    let optimism = 0;
    let covered = 0;
    const runs = 60;
    for (let run = 0; run < runs; run++) {
      const chances = Array.from({ length: 12 }, (_, j) => 0.88 + 0.003 * j);
      const candidates = simulate(random, 200, chances, 0.4);
      const { rule, chosen } = choose(candidates, { bootstraps: 150, seed: run });
      const result = correctForSelection(candidates, { rule, bootstraps: 150, seed: run });
      expect(result.winner).toBe(chosen);
      optimism += (result.mean - chances[chosen]!) / runs;
      if (result.low <= chances[chosen]! && chances[chosen]! <= result.high) covered++;
    }
    expect(Math.abs(optimism)).toBeLessThan(0.01);
    expect(covered / runs).toBeGreaterThan(0.88);
  });

  it('resamples groups, so that copies give no certainty', () => {
    const candidates = simulate(new Random(7), 80, [0.85, 0.86, 0.87, 0.9], 0.5);
    const copies = candidates.map((candidate) => ({
      id: candidate.id,
      cost: candidate.cost,
      correct: Uint8Array.from({ length: 320 }, (_, i) => ('correct' in candidate ? candidate.correct[i >> 2]! : 0)),
    }));
    const groups = Int32Array.from({ length: 320 }, (_, i) => i >> 2);
    const single = correctForSelection(candidates, { seed: 1 });
    const grouped = correctForSelection(copies, { seed: 1, groups });
    const naive = correctForSelection(copies, { seed: 1 });
    expect(grouped.mean).toBeCloseTo(single.mean, 2);
    expect(grouped.high - grouped.low).toBeCloseTo(single.high - single.low, 2);
    expect(naive.high - naive.low).toBeLessThan(0.6 * (single.high - single.low));
  });

  it('covers the true loss', () => {
    const random = new Random(21);
    let covered = 0;
    let bias = 0;
    const runs = 120;
    for (let run = 0; run < runs; run++) {
      const losses: Candidate[] = Array.from({ length: 10 }, (_, j) => ({
        id: `m${j}`,
        cost: 1,
        loss: Float64Array.from({ length: 120 }, () => -Math.log(1 - random.next())),
      }));
      const { mean, low, high } = correctForSelection(losses, { bootstraps: 200, seed: run });
      bias += (mean - 1) / runs;
      if (low <= 1 && 1 <= high) covered++;
    }
    expect(Math.abs(bias)).toBeLessThan(0.03);
    expect(covered / runs).toBeGreaterThan(0.93);
  });

  it('says that it cannot know where one unit is all there is', () => {
    const { low, high, mean } = correctForSelection([{ id: 'a', cost: 1, correct: Uint8Array.of(1) }]);
    expect([mean, low, high]).toEqual([1, Number.NaN, Number.NaN]);
  });
});

describe('bestRule', () => {
  it('prefers the cheaper of equals', () => {
    expect(bestRule([3, 1, 2])(Float64Array.of(0.5, 0.5, 0.5))).toBe(1);
    expect(bestRule()(Float64Array.of(0.5, 0.5, 0.6))).toBe(2);
  });
});
