import { describe, expect, it, vi } from 'vitest';
import { AbortedError, asBlocks, InputError, quietContext } from '../../src/base/index.ts';
import type { CodesMethod, CodeTable } from '../../src/methods/index.ts';
import { GraphBuilder } from '../../src/onnx/index.ts';
import { clusters, foldsOf, inBlocks, pick } from '../support/code-tables.ts';
import { relativeError, runModel } from '../support/run-model.ts';

/** A method for tables of so many classes and columns. */
export type MethodFactory = (classes: number, cols: number) => CodesMethod;

/** Scores are solutions of an optimisation, found from another start or in another order: this close, relative to the largest. */
const SAME_SOLUTION = 0.03;

/**
 * What every method on codes must do.
 *
 * @param trains false for a method that learns nothing from the labels
 */
export function methodContract(name: string, make: MethodFactory, trains = true): void {
  const context = quietContext({ seed: 5 });
  const table = clusters({ rows: 60, cols: 8, classes: 3, apart: 0.8 });
  const folds = foldsOf(table, 4);
  const method = make(3, 8);
  const meta = { rows: 60, cols: 8, classes: 3, folds: 4 };

  describe(`${name} keeps the contract of a method`, () => {
    it('gives scores for every row and setting of its space, in order, and repeats them', async () => {
      const first = await method.crossFit(table, folds, context);
      expect(first.map(({ params }) => params)).toEqual(method.space(meta));
      for (const { scores } of first) {
        expect(scores).toHaveLength(60 * 3);
        expect(scores.every(Number.isFinite)).toBe(true);
      }
      expect(await method.crossFit(table, folds, context)).toEqual(first);
    });

    it('estimates a cost that grows with the table', () => {
      const small = method.cost(meta);
      expect(small).toBeGreaterThan(0);
      expect(method.cost({ ...meta, rows: 2000, cols: 1000 })).toBeGreaterThan(small);
    });

    it('scores a row without having seen its label', async () => {
      const other = { ...table, labels: table.labels.slice() };
      for (let row = 0; row < 60; row++) if (folds.fold[row] === 2) other.labels[row] = (other.labels[row]! + 1) % 3;
      const before = await method.crossFit(table, folds, context);
      const after = await method.crossFit(other, folds, context);
      before.forEach(({ scores }, s) => {
        const held = Array.from(scores.keys()).filter((at) => folds.fold[Math.floor(at / 3)] === 2);
        const got = held.map((at) => after[s]!.scores[at]!);
        expect(
          relativeError(
            got,
            held.map((at) => scores[at]!),
          ),
        ).toBeLessThan(1e-6);
      });
    });

    it('fits with any setting that crossFit tried; its graph says what it says', async () => {
      for (const params of method.space(meta)) {
        const head = await method.fit(table, params, context);
        expect(head.params).toEqual(params);
        const fresh = clusters({ rows: 20, cols: 8, classes: 3, seed: 1, apart: 0.8 });
        const scores = await head.predict(fresh.codes);
        expect(await head.predict(inBlocks(fresh, 7))).toEqual(scores);
        const builder = new GraphBuilder();
        builder.input('codes', 'float32', ['N', 8]);
        builder.output(head.toGraph(builder, 'codes'), 'float32', ['N', 3]);
        const outputs = await runModel(builder.build(), {
          codes: { dtype: 'float32', dims: [20, 8], data: fresh.data },
        });
        expect(relativeError(Object.values(outputs)[0]!.data, scores)).toBeLessThan(1e-5);
      }
    });

    it('takes two classes, one column, and a class that a fold has no example of', async () => {
      const narrow = clusters({ rows: 24, cols: 1, classes: 2, apart: 2 });
      for (const { scores } of await make(2, 1).crossFit(narrow, foldsOf(narrow, 3), context)) {
        expect(scores).toHaveLength(48);
        expect(scores.every(Number.isFinite)).toBe(true);
      }
      const rare: CodeTable = pick(table, [
        ...Array.from({ length: 30 }, (_, i) => i).filter((i) => table.labels[i] !== 2),
        2,
      ]);
      const split = foldsOf(rare, 3);
      const alone = rare.codes.rows - 1;
      for (const { scores } of await method.crossFit(rare, split, context)) {
        expect(scores.every(Number.isFinite)).toBe(true);
        if (!trains) continue;
        // Where its only example is held out, the class is never the first choice.
        for (let row = 0; row <= alone; row++) {
          if (split.fold[row] !== split.fold[alone]) continue;
          expect(argmax(scores.subarray(3 * row, 3 * row + 3))).not.toBe(2);
        }
      }
    });

    it('reads blocks whose buffer is used again', async () => {
      const whole = await method.crossFit(table, folds, context);
      const parts = await method.crossFit({ ...table, codes: inBlocks(table, 11) }, folds, context);
      parts.forEach(({ scores }, s) => {
        expect(relativeError(scores, whole[s]!.scores)).toBeLessThan(SAME_SOLUTION);
      });
    });

    it.runIf(trains)('does not care how the classes are numbered', async () => {
      const turned = { ...table, labels: table.labels.map((label) => (label + 1) % 3) };
      const plain = await method.crossFit(table, folds, context);
      const other = await method.crossFit(turned, folds, context);
      plain.forEach(({ scores }, s) => {
        const back = scores.map((_, at) => other[s]!.scores[3 * Math.floor(at / 3) + (((at % 3) + 1) % 3)]!);
        expect(relativeError(back, scores)).toBeLessThan(SAME_SOLUTION);
      });
    });

    it.runIf(trains)('learns: most held-out rows of separate clusters are right', async () => {
      const easy = clusters({ rows: 90, cols: 8, classes: 3, apart: 3 });
      const results = await method.crossFit(easy, foldsOf(easy, 5), context);
      const best = Math.max(
        ...results.map(
          ({ scores }) => easy.labels.filter((label, i) => argmax(scores.subarray(3 * i, 3 * i + 3)) === label).length,
        ),
      );
      expect(best).toBeGreaterThan(80);
    });

    it.runIf(trains)('gives rows of weight 0 no say', async () => {
      const weights = new Float32Array(60).fill(1);
      const spoilt = { ...table, data: table.data.slice(), labels: table.labels.slice() };
      for (const row of [3, 17, 44]) {
        weights[row] = 0;
        spoilt.labels[row] = (spoilt.labels[row]! + 1) % 3;
      }
      const [params] = method.space(meta);
      const one = await method.fit({ ...table, weights }, params!, context);
      const two = await method.fit({ ...spoilt, weights }, params!, context);
      expect(relativeError(await two.predict(table.codes), await one.predict(table.codes))).toBeLessThan(SAME_SOLUTION);
    });

    it.runIf(trains)('stops when it is told to, and returns what it has at the deadline', async () => {
      const controller = new AbortController();
      controller.abort();
      const aborted = quietContext({ signal: controller.signal });
      await expect(method.crossFit(table, folds, aborted)).rejects.toThrow(AbortedError);
      expect(await method.crossFit(table, folds, quietContext({ deadline: 0 }))).toEqual([]);
    });

    it.runIf(trains)('returns the settings that are finished where the deadline cuts it short', async () => {
      const whole = await method.crossFit(table, folds, context);
      let looks = 0;
      const clock = vi.spyOn(Date, 'now').mockImplementation(() => ++looks);
      try {
        await method.crossFit(table, folds, quietContext({ seed: 5 }));
        const deadline = Math.ceil(looks * 0.6);
        looks = 0;
        const part = await method.crossFit(table, folds, quietContext({ seed: 5, deadline }));
        expect(part.length).toBeLessThan(whole.length);
        expect(part).toEqual(whole.slice(0, part.length));
      } finally {
        clock.mockRestore();
      }
    });

    it.runIf(trains)('refuses codes that are not finite, and tables that do not fit', async () => {
      const broken = table.data.slice();
      broken[100] = Number.NaN;
      const [params] = method.space(meta);
      const codes = asBlocks({ rows: 60, cols: 8, data: broken });
      await expect(method.fit({ ...table, codes }, params!, context)).rejects.toThrow(InputError);
      await expect(method.fit({ ...table, labels: table.labels.subarray(1) }, params!, context)).rejects.toThrow(
        InputError,
      );
    });
  });
}

function argmax(values: Float32Array): number {
  return values.indexOf(Math.max(...values));
}
