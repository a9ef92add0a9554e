import { describe, expect, it } from 'vitest';
import { randomModel, WIDTH } from '../../../test/support/random-graph.ts';
import { randomTensor, runModel } from '../../../test/support/run-model.ts';
import { float32 } from '../../base/index.ts';
import { GraphBuilder } from '../../onnx/index.ts';
import { lookAbove } from '../cut.ts';
import { traceData } from '../taps/data-flow.ts';
import { findDominators } from '../taps/dominators.ts';
import { findTaps } from '../taps/find-taps.ts';
import { cutPrefix, cutSuffix } from './cut-at-tap.ts';

const feedsOf = (
  model: { graph: { inputs: readonly { name: string }[] } },
  values: Record<string, ReturnType<typeof randomTensor>>,
) => Object.fromEntries(model.graph.inputs.map(({ name }) => [name, values[name]!]));

describe('cutPrefix and cutSuffix', () => {
  it('give the whole network back, bit for bit, at every dominator of random networks', async () => {
    let cuts = 0;
    for (let seed = 0; seed < 25; seed++) {
      const model = randomModel(seed, 12);
      const values = { x: randomTensor([2, WIDTH], seed), mask: randomTensor([2, WIDTH], seed + 1000) };
      const dominators = findDominators(traceData(model.graph, 'x', 'y')).slice(1, -1);
      if (dominators.length === 0) continue;
      const whole = await runModel(model, values);
      for (const { tensor } of dominators) {
        const prefix = cutPrefix(model, [tensor]);
        const below = await runModel(prefix, feedsOf(prefix, values));
        const suffix = cutSuffix(model, { tensor, sides: lookAbove(model.graph, tensor, ['y']).sides });
        const above = await runModel(suffix, feedsOf(suffix, { ...values, ...below }));
        expect(above.y).toEqual(whole.y);
        expect(suffix.graph.inputs.map(({ name }) => name)).not.toContain('x');
        cuts++;
      }
    }
    expect(cuts).toBeGreaterThan(30);
  });

  it('lets a mask cross as the input the caller gave, and a shape of what is below as a side', () => {
    const b = new GraphBuilder();
    const x = b.input('x', 'float32', ['N', 'T', 4]);
    const mask = b.input('mask', 'float32', ['N', 'T', 1]);
    const penalty = b.node('Neg', [mask]);
    const weight = b.constant(float32([4, 4], new Float32Array(16).fill(0.1)));
    const first = b.node('Add', [b.node('MatMul', [x, weight]), penalty], {}, { outputs: ['first'] });
    const rows = b.node('Shape', [x], {}, { outputs: ['shape of x'] });
    const second = b.node('Add', [
      b.node('MatMul', [b.node('Relu', [first], {}, { outputs: ['cut'] }), weight]),
      penalty,
    ]);
    const zeros = b.node('Expand', [b.constant(float32([1], [0])), rows]);
    b.output(b.node('Add', [second, zeros], {}, { outputs: ['y'] }), 'float32', ['N', 'T', 4]);
    const model = b.build();
    const [tap] = findTaps(model, { input: 'x' }).filter(({ tensor }) => tensor === 'cut');
    expect(tap?.sides).toEqual(expect.arrayContaining(['mask', 'shape of x']));
    expect(tap?.sides).toHaveLength(2);
    expect(tap?.pooling).toBe('token-mean');
    const suffix = cutSuffix(model, tap!);
    expect(suffix.graph.inputs.map(({ name, dtype }) => [name, dtype])).toEqual(
      expect.arrayContaining([
        ['cut', 'float32'],
        ['mask', 'float32'],
        ['shape of x', 'int64'],
      ]),
    );
    expect(suffix.graph.nodes.map(({ op }) => op)).toContain('Neg');
    expect(suffix.graph.nodes.map(({ op }) => op)).not.toContain('Shape');
  });

  it('refuses a suffix whose outputs go around the cut', () => {
    const b = new GraphBuilder();
    const x = b.input('x', 'float32', ['N', 4]);
    const a = b.node('Relu', [x], {}, { outputs: ['a'] });
    b.output(b.node('Add', [b.node('Tanh', [a]), x], {}, { outputs: ['y'] }), 'float32', ['N', 4]);
    expect(() => cutSuffix(b.build(), { tensor: 'a', sides: [] })).toThrow(/also need x/);
  });

  it('names a tensor that is not there', () => {
    expect(() => cutPrefix(randomModel(1, 3), ['nowhere'])).toThrow("there is no tensor 'nowhere'");
  });

  it('leaves inputs out that the prefix does not read', () => {
    const b = new GraphBuilder();
    const x = b.input('x', 'float32', ['N', 4]);
    const late = b.input('late', 'int64', [1]);
    const a = b.node('Relu', [x], {}, { outputs: ['a'] });
    b.output(b.node('ReduceSum', [a, late], {}, { outputs: ['y'] }), 'float32', ['N', 1]);
    expect(cutPrefix(b.build(), ['a']).graph.inputs.map(({ name }) => name)).toEqual(['x']);
  });
});
