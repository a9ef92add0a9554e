import { describe, expect, it } from 'vitest';
import { randomTensor, runModel } from '../../../test/support/run-model.ts';
import { int64 } from '../../base/index.ts';
import { GraphBuilder, type Model } from '../../onnx/index.ts';
import { foldShapes } from './fold-shapes.ts';

/** What older exporters write for x.view(x.size(0), -1), and for a view whose sizes are all computed. */
function flattening(dims: readonly (number | string)[], unknowns: 'batch' | 'batch and size'): Model {
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', dims);
  const relu = b.node('Relu', [x]);
  const at = (place: number): string => {
    const size = b.node('Gather', [b.node('Shape', [x]), b.constant(int64([], [place]))], { axis: 0 });
    return b.node('Unsqueeze', [size, b.constant(int64([1], [0]))]);
  };
  const rest = b.node('Mul', [at(1), at(2)]);
  const shape = unknowns === 'batch' ? [at(0), rest] : [at(0), at(1), at(2), b.constant(int64([1], [1]))];
  b.node('Reshape', [relu, b.node('Concat', shape, { axis: 0 })], {}, { outputs: ['y'] });
  b.output('y', 'float32', Array(shape.length).fill(null));
  return b.build();
}

describe('foldShapes', () => {
  it('leaves only the Reshape, with −1 for the batch', async () => {
    const model = flattening(['N', 3, 5], 'batch');
    const folded = foldShapes(model);
    expect(folded.graph.nodes.map((node) => node.op)).toEqual(['Relu', 'Reshape']);
    const x = randomTensor([4, 3, 5]);
    expect(await runModel(folded, { x })).toEqual(await runModel(model, { x }));
  });

  it('folds all with the shapes the caller gives', async () => {
    const model = flattening(['N', 'A', 'B'], 'batch and size');
    expect(foldShapes(model).graph.nodes.map((node) => node.op)).toContain('Concat');
    const folded = foldShapes(model, { x: ['N', 3, 5] });
    expect(folded.graph.nodes.map((node) => node.op)).toEqual(['Relu', 'Reshape']);
    const x = randomTensor([2, 3, 5]);
    expect(await runModel(folded, { x })).toEqual(await runModel(model, { x }));
  });
});
