import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { clusters, inBlocks } from '../../test/support/code-tables.ts';
import { asBlocks, InputError } from '../base/index.ts';
import { nearest, selectReferences } from './neighbours.ts';
import { Products } from './products.ts';

const products = new Products(1);
afterAll(() => products.release());

function cosine(a: Float32Array, b: Float32Array): number {
  let [inner, one, two] = [0, 0, 0];
  for (const [j, value] of a.entries()) {
    inner += value * b[j]!;
    one += value * value;
    two += b[j]! * b[j]!;
  }
  return one === 0 || two === 0 ? 0 : inner / Math.sqrt(one * two);
}

describe('nearest', () => {
  it('finds what sorting all cosines finds, of any shape, in blocks whose buffer is used again', async () => {
    const shapes = fc.record({
      rows: fc.integer({ min: 2, max: 40 }),
      cols: fc.integer({ min: 1, max: 9 }),
      k: fc.integer({ min: 1, max: 25 }),
      block: fc.integer({ min: 1, max: 11 }),
      seed: fc.nat(1000),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ rows, cols, k, block, seed }) => {
        const table = clusters({ rows, cols, classes: 2, seed, apart: 3 });
        const streamed = inBlocks(table, block);
        const references = selectReferences({ ...table, codes: streamed }, 0);
        const row = (i: number): Float32Array => table.data.subarray(i * cols, (i + 1) * cols);
        let i = 0;
        for await (const { count, similarities } of nearest(streamed, references, k, products, (a, b) => a !== b)) {
          const others = Array.from({ length: rows }, (_, other) => other).filter((other) => other !== i);
          const wanted = others.map((other) => cosine(row(i), row(other))).sort((a, b) => b - a);
          expect(count).toBe(Math.min(k, rows - 1));
          for (let place = 0; place < count; place++) expect(similarities[place]).toBeCloseTo(wanted[place]!, 5);
          i++;
        }
        expect(i).toBe(rows);
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  it('breaks ties by index, and gives a code of zeros the similarity 0 with all', async () => {
    const data = Float32Array.of(1, 0, 2, 0, 0, 3, 0, 0, 4, 0);
    const codes = asBlocks({ rows: 5, cols: 2, data });
    const table = { codes, labels: Int32Array.of(0, 1, 0, 1, 0), classes: 2 };
    const found: number[][] = [];
    for await (const { indices, similarities } of nearest(codes, selectReferences(table, 0), 3, products)) {
      found.push([...indices], [...similarities]);
    }
    expect(found.slice(0, 2)).toEqual([
      [0, 1, 4],
      [1, 1, 1],
    ]);
    expect(found.slice(6, 8)).toEqual([
      [0, 1, 2],
      [0, 0, 0],
    ]);
  });
});

describe('selectReferences', () => {
  const labels = Int32Array.from({ length: 100 }, (_, row) => (row < 80 ? 0 : row < 99 ? 1 : 2));
  const data = Float32Array.from({ length: 400 }, (_, at) => (at % 7) + 1);
  const table = { codes: asBlocks({ rows: 100, cols: 4, data }), labels, classes: 3 };

  it('keeps all where they fit, with length 1 and votes of mean 1, and none of weight 0', () => {
    const weights = Float32Array.from(labels, (_, row) => row % 3);
    const { rows, codes, votes } = selectReferences({ ...table, weights }, 0);
    expect([...rows]).toEqual(Array.from(labels.keys()).filter((row) => row % 3 > 0));
    for (let i = 0; i < rows.length; i++) {
      expect(Math.hypot(...codes.subarray(4 * i, 4 * i + 4))).toBeCloseTo(1, 6);
      expect(votes[i]).toBeCloseTo((rows[i]! % 3) / (99 / 66), 5);
    }
  });

  it('keeps its share of each class where they do not, at least one row, by the seed', () => {
    const limit = 4 * 21;
    const { rows, labels: kept } = selectReferences(table, 5, limit);
    const counts = [0, 1, 2].map((label) => kept.filter((own) => own === label).length);
    expect(counts).toEqual([16, 4, 1]);
    expect([...rows]).toEqual([...rows].sort((a, b) => a - b));
    expect([...selectReferences(table, 5, limit).rows]).toEqual([...rows]);
    expect([...selectReferences(table, 6, limit).rows]).not.toEqual([...rows]);
    expect(selectReferences(table, 5, 1).rows).toHaveLength(3);
  });

  it('refuses codes that are not finite, and rows that weigh nothing', () => {
    const broken = data.slice();
    broken[4 * 7 + 2] = Number.NaN;
    const codes = asBlocks({ rows: 100, cols: 4, data: broken });
    expect(() => selectReferences({ ...table, codes }, 0)).toThrow('code 2 of row 7 is NaN');
    expect(() => selectReferences({ ...table, weights: new Float32Array(100) }, 0)).toThrow(InputError);
  });
});
