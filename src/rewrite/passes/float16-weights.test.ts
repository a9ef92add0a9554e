import { describe, expect, it } from 'vitest';
import { randomTensor, runModel } from '../../../test/support/run-model.ts';
import { float32 } from '../../base/index.ts';
import { GraphBuilder, type Model, writeModel } from '../../onnx/index.ts';
import { floatsOfHalves, halvesOfFloats } from '../half.ts';
import { narrowFloat16Weights } from './narrow-float16-weights.ts';
import { widenFloat16Weights } from './widen-float16-weights.ts';

function layer(weight: Float32Array): Model {
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', ['N', 16]);
  b.node('MatMul', [x, b.initializer('w', float32([16, 16], weight))], {}, { outputs: ['y'] });
  b.output('y', 'float32', ['N', 16]);
  return b.build();
}

const weights = randomTensor([256], 3).data;
const representable = floatsOfHalves(halvesOfFloats(weights));

describe('narrowFloat16Weights and widenFloat16Weights', () => {
  it('halve the file without changing one bit, and back', async () => {
    const model = layer(representable);
    const narrow = narrowFloat16Weights(model);
    expect(narrow.graph.initializers.w_float16?.dtype).toBe('float16');
    expect(writeModel(model).length - writeModel(narrow).length).toBeGreaterThan(400);
    const x = randomTensor([3, 16], 4);
    for (const optimise of [false, true]) {
      expect(await runModel(narrow, { x }, optimise)).toEqual(await runModel(model, { x }, optimise));
    }
    const wide = widenFloat16Weights(narrow);
    expect(wide.graph.nodes.map((node) => node.op)).toEqual(['MatMul']);
    expect(Object.keys(wide.graph.initializers)).toEqual(['w']);
    expect(await runModel(wide, { x })).toEqual(await runModel(model, { x }));
  });

  it('keep what float16 cannot hold, unless forced', () => {
    expect(narrowFloat16Weights(layer(weights))).toEqual(layer(weights));
    expect(narrowFloat16Weights(layer(weights), { force: true }).graph.initializers.w_float16?.dtype).toBe('float16');
    const large = Float32Array.from(weights, (value, place) => (place === 7 ? 1e6 : value));
    expect(narrowFloat16Weights(layer(large), { force: true }).graph.initializers.w?.dtype).toBe('float32');
  });

  it('keep a float16 weight that is read as float16 too', () => {
    const narrow = narrowFloat16Weights(layer(representable));
    const outputs = [...narrow.graph.outputs, { name: 'w_float16', dtype: 'float16' as const, shape: [16, 16] }];
    const wide = widenFloat16Weights({ ...narrow, graph: { ...narrow.graph, outputs } });
    expect(Object.keys(wide.graph.initializers).sort()).toEqual(['w', 'w_float16']);
  });
});
