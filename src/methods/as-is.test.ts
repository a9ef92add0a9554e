import { describe, expect, it } from 'vitest';
import { clusters, foldsOf, inBlocks } from '../../test/support/code-tables.ts';
import { relativeError, runModel } from '../../test/support/run-model.ts';
import { asBlocks, float32, quietContext, UsageError } from '../base/index.ts';
import { GraphBuilder } from '../onnx/index.ts';
import { asIs } from './as-is.ts';

const context = quietContext();
const table = clusters({ rows: 12, cols: 8, classes: 3, apart: 4 });

describe('asIs', () => {
  const matches = [[2], [0, 5, 7], [1, 3]];

  it('scores log Σ exp of the logits that mean a class, in crossFit as in predict', async () => {
    const method = asIs(matches);
    const streamed = { ...table, codes: inBlocks(table, 5) };
    const results = await method.crossFit(streamed, foldsOf(table, 3), context);
    expect(results.map(({ params }) => params)).toEqual(method.space({ rows: 12, cols: 8, classes: 3, folds: 3 }));
    const wanted = Array.from({ length: 12 }, (_, row) =>
      matches.map((match) => Math.log(match.reduce((sum, index) => sum + Math.exp(table.data[row * 8 + index]!), 0))),
    ).flat();
    expect(relativeError(results[0]!.scores, wanted)).toBeLessThan(1e-6);
    const head = await method.fit(table, {}, context);
    expect(await head.predict(streamed.codes)).toEqual(results[0]!.scores);
  });

  it.each([
    ['one source class each', [[4], [0], [7]]],
    [
      'as many each',
      [
        [4, 1],
        [0, 2],
        [7, 3],
      ],
    ],
    ['some more than others', matches],
  ])('puts the same scores into a graph, large logits too: %s', async (_, own) => {
    const data = table.data.map((value, at) => (at < 8 ? 30 * value : value));
    const head = await asIs(own).fit(table, {}, context);
    const builder = new GraphBuilder();
    builder.output(head.toGraph(builder, builder.input('codes', 'float32', ['N', 8])), 'float32', ['N', 3]);
    const outputs = await runModel(builder.build(), { codes: float32([12, 8], data) });
    const wanted = await head.predict(asBlocks({ rows: 12, cols: 8, data }));
    expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(100);
    expect(relativeError(Object.values(outputs)[0]!.data, wanted)).toBeLessThan(1e-6);
    for (const [i, value] of Object.values(outputs)[0]!.data.entries()) expect(value).toBeCloseTo(wanted[i]!, 3);
  });

  it('refuses matches that do not fit', async () => {
    expect(() => asIs([[0], []])).toThrow(UsageError);
    await expect(asIs([[0], [1]]).fit(table, {}, context)).rejects.toThrow('2 classes are matched, the table has 3');
    await expect(asIs([[0], [1], [8]]).crossFit(table, foldsOf(table, 3), context)).rejects.toThrow('no logit 8');
  });
});
