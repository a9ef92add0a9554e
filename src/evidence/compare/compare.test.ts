import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import reference from '../../../test/fixtures/evidence/reference.json' with { type: 'json' };
import { Random } from '../../base/index.ts';
import { compare } from './compare.ts';
import { correctedResampledT } from './corrected-t.ts';
import { holm } from './holm.ts';
import { mcnemar } from './mcnemar.ts';
import { pairedDifference, pairedProportions } from './paired.ts';
import { imagesToDecide, imagesToDetect } from './power.ts';
import { figure, points } from './words.ts';

/** Two candidates: both right, only the first, only the second, none. */
function pair(both: number, onlyFirst: number, onlySecond: number, none: number): [Uint8Array, Uint8Array] {
  const first = [...fill(both, 1), ...fill(onlyFirst, 1), ...fill(onlySecond, 0), ...fill(none, 0)];
  const second = [...fill(both, 1), ...fill(onlyFirst, 0), ...fill(onlySecond, 1), ...fill(none, 0)];
  return [Uint8Array.from(first), Uint8Array.from(second)];
}

function fill(count: number, value: number): number[] {
  return new Array<number>(count).fill(value);
}

describe('mcnemar', () => {
  it('agrees with SciPy', () => {
    for (const [b, c, p] of reference.mcnemar) expect(mcnemar(b!, c!)).toBeCloseTo(p!, 10);
  });

  it('needs six against none', () => {
    expect(mcnemar(6, 0)).toBeCloseTo(0.03125, 12);
    expect(mcnemar(0, 5)).toBeCloseTo(0.0625, 12);
  });
});

describe('correctedResampledT', () => {
  it('agrees with SciPy', () => {
    for (const { differences, train, test, t, p, low, high } of reference.correctedT) {
      const result = correctedResampledT(differences, train, test);
      expect(result.t).toBeCloseTo(t, 10);
      expect(result.p).toBeCloseTo(p, 10);
      expect(result.low).toBeCloseTo(low, 10);
      expect(result.high).toBeCloseTo(high, 10);
    }
  });

  it('is certain where all splits agree, and knows nothing where none differ', () => {
    expect(correctedResampledT([0.25, 0.25, 0.25], 90, 10).p).toBe(0);
    expect(correctedResampledT([0, 0], 90, 10).p).toBe(1);
    expect(() => correctedResampledT([0.1], 90, 10)).toThrow(/two or more/);
  });
});

describe('holm', () => {
  it('steps down', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([0.5, 0.9])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });

  it('lies between the raw value and Bonferroni', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (values) => {
        holm(values).forEach((adjusted, i) => {
          expect(adjusted).toBeGreaterThanOrEqual(values[i]!);
          expect(adjusted).toBeLessThanOrEqual(Math.min(1, values.length * values[i]!) + 1e-15);
        });
      }),
    );
  });
});

describe('pairedProportions', () => {
  it('is the interval of Bonett and Price', () => {
    const { mean, low, high, discordance } = pairedProportions(...pair(80, 3, 9, 8));
    expect(mean).toBeCloseTo(0.06, 12);
    // By hand: p₁ = 4/102, p₂ = 10/102, 6/102 ± 1.959964·√((14/102 − (6/102)²)/102).
    expect(discordance).toBeCloseTo(14 / 102, 12);
    const half = 1.959963985 * Math.sqrt((14 / 102 - (6 / 102) ** 2) / 102);
    expect(low).toBeCloseTo(6 / 102 - half, 9);
    expect(high).toBeCloseTo(6 / 102 + half, 9);
  });

  it('covers the true difference with few discordant images', () => {
    const random = new Random(4);
    let covered = 0;
    const runs = 1500;
    for (let run = 0; run < runs; run++) {
      const kinds = Array.from({ length: 120 }, () => random.next());
      const first = Uint8Array.from(kinds, (u) => (u < 0.9 || (u >= 0.93 && u < 0.95) ? 1 : 0));
      const second = Uint8Array.from(kinds, (u) => (u < 0.93 ? 1 : 0));
      const { low, high } = pairedProportions(first, second);
      if (low <= 0.01 && 0.01 <= high) covered++;
    }
    expect(covered / runs).toBeGreaterThan(0.935);
  });

  it('counts copies once', () => {
    const [first, second] = pair(60, 2, 6, 12);
    const twice = (values: Uint8Array): Uint8Array => Uint8Array.from({ length: 160 }, (_, i) => values[i >> 1]!);
    const groups = Int32Array.from({ length: 160 }, (_, i) => i >> 1);
    const single = pairedProportions(first, second);
    const copied = pairedProportions(twice(first), twice(second), { groups });
    expect(copied.designEffect).toBeCloseTo(2, 1);
    expect(copied.low).toBeCloseTo(single.low, 2);
    expect(copied.high).toBeCloseTo(single.high, 2);
  });
});

describe('pairedDifference', () => {
  it('changes its sign with the order', () => {
    const random = new Random(9);
    const a = Float64Array.from({ length: 80 }, () => random.normal());
    const b = a.map((value) => value + 0.3 + 0.5 * random.normal());
    const forth = pairedDifference(a, b, { seed: 1 });
    const back = pairedDifference(b, a, { seed: 1 });
    expect(forth.low).toBeGreaterThan(0.1);
    expect(forth.mean).toBeCloseTo(-back.mean, 12);
    expect(forth.low).toBeCloseTo(-back.high, 2);
  });
});

describe('power', () => {
  it('gives the sizes of the field', () => {
    expect(imagesToDetect(0.01, 0.04)).toBe(3138);
    expect(imagesToDetect(0.02, 0.06)).toBe(1175);
    expect(imagesToDetect(0.03, 0.08)).toBe(696);
    expect(imagesToDetect(-0.05, 0.1)).toBe(312);
    expect(imagesToDetect(0, 0.1)).toBe(Number.POSITIVE_INFINITY);
  });

  it('has the power it promises', () => {
    const rows = imagesToDetect(0.05, 0.1);
    const random = new Random(8);
    let found = 0;
    const runs = 1000;
    for (let run = 0; run < runs; run++) {
      let b = 0;
      let c = 0;
      for (let i = 0; i < rows; i++) {
        const u = random.next();
        if (u < 0.075) c++;
        else if (u < 0.1) b++;
      }
      if ((c - b) / Math.sqrt(b + c) > 1.96) found++;
    }
    expect(found / runs).toBeGreaterThan(0.76);
    expect(found / runs).toBeLessThan(0.85);
  });

  it('takes the nearer of the two verdicts', () => {
    expect(imagesToDecide(0.05, 0.1, 0.01)).toBe(312);
    expect(imagesToDecide(-0.02, 0.08, 0.01)).toBe(696);
    expect(imagesToDecide(0, 0.04, 0.01)).toBe(3138);
  });
});

describe('compare', () => {
  const verdictOf = (...cells: [number, number, number, number]) => {
    const [cheap, dear] = pair(...cells);
    return compare({ id: 'ridge', correct: cheap }, { id: 'tuned', correct: dear });
  };

  it('calls a clear gain better', () => {
    const { verdict, why, p, moreImages } = verdictOf(200, 2, 20, 22);
    expect(verdict).toBe('better');
    expect(moreImages).toBe(0);
    expect(p).toBeCloseTo(mcnemar(2, 20), 12);
    expect(why).toMatch(/^`tuned` is better than `ridge`: it gains \+7\.4 points \(95 % interval \+\d.*points\)\.$/);
  });

  it('calls a cheap candidate enough only where the gain is surely small', () => {
    expect(verdictOf(4800, 20, 20, 160).verdict).toBe('enough');
    expect(verdictOf(48, 0, 0, 2).verdict).toBe('undecided');
    expect(verdictOf(200, 20, 2, 22).verdict).toBe('enough');
  });

  it('says how many more images would decide', () => {
    const { verdict, moreImages, why } = verdictOf(220, 5, 8, 11);
    expect(verdict).toBe('undecided');
    expect(moreImages).toBeGreaterThan(100);
    expect(why).toContain(`About ${moreImages.toLocaleString('en')} more images would decide`);
  });

  it('gives no McNemar p-value for grouped images', () => {
    const [cheap, dear] = pair(10, 1, 1, 0);
    expect(compare({ id: 'a', correct: cheap }, { id: 'b', correct: dear }, { groups: fill(12, 1) }).p).toBeNull();
  });
});

describe('words', () => {
  it('sign what is not nothing', () => {
    expect(points(0.014)).toBe('+1.4 points');
    expect(points(-0.008, false)).toBe('−0.8');
    expect(points(0.0001)).toBe('0.0 points');
    expect(points(0.01)).toBe('+1.0 point');
    expect(figure(0.14159)).toBe('0.142');
    expect(figure(-0.0021, true)).toBe('−0.0021');
    expect(figure(0)).toBe('0');
  });
});
