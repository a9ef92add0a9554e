import { describe, expect, it } from 'vitest';
import { float32, int64 } from '../base/index.ts';
import { GraphBuilder } from './builder.ts';
import { constantValues, foldShapes } from './fold-shapes.ts';
import { inferShapes } from './infer.ts';
import { countMacs } from './macs.ts';

/** image → Conv → the shape chain of an exporter: Shape → Gather → Concat → Reshape, twice. */
function flattening(): GraphBuilder {
  const b = new GraphBuilder();
  const image = b.input('image', 'float32', ['N', 3, 'H', 32]);
  const weight = b.constant(float32([8, 3, 3, 3], new Float32Array(216)), 'weight');
  const conv = b.node('Conv', [image, weight], { strides: [2, 2], pads: [1, 1, 1, 1] }, { outputs: ['conv'] });
  const shape = b.node('Shape', [conv]);
  const batch = b.node('Gather', [shape, b.constant(int64([], [0]))], {}, { outputs: ['batch'] });
  const channels = b.node('Gather', [shape, b.constant(int64([], [1]))], {}, { outputs: ['channels'] });
  const axes = b.constant(int64([1], [0]));
  const parts = [batch, channels].map((part) => b.node('Unsqueeze', [part, axes]));
  const target = b.node('Concat', [...parts, b.constant(int64([1], [-1]))], { axis: 0 }, { outputs: ['target'] });
  b.output(b.node('Reshape', [conv, target], {}, { outputs: ['flat'] }), 'float32', [null, null, null]);
  return b;
}

describe('inferShapes', () => {
  it('keeps named dimensions and follows shapes that the graph computes', () => {
    const types = inferShapes(flattening().build());
    expect(types.get('conv')).toEqual({ dtype: 'float32', shape: ['N', 8, null, 16] });
    expect(types.get('flat')?.shape).toEqual(['N', 8, null]);
  });

  it('takes shapes for inputs', () => {
    const types = inferShapes(flattening().build(), { image: [2, 3, 32, 32] });
    expect(types.get('flat')?.shape).toEqual([2, 8, 256]);
  });

  it('knows a whole that is cut and joined again', () => {
    const b = new GraphBuilder();
    const x = b.input('x', 'float32', ['N', 'T', 12]);
    const shape = b.constant(int64([4], [0, 0, 3, 4]));
    const split = b.node('Reshape', [x, shape]);
    const swapped = b.node('Transpose', [split], { perm: [0, 2, 1, 3] }, { outputs: ['heads'] });
    const back = b.node('Transpose', [swapped], { perm: [0, 2, 1, 3] });
    b.output(b.node('Reshape', [back, b.constant(int64([3], [0, 0, -1]))], {}, { outputs: ['joined'] }), 'float32', []);
    const types = inferShapes(b.build());
    expect(types.get('heads')?.shape).toEqual(['N', 3, 'T', 4]);
    expect(types.get('joined')?.shape).toEqual(['N', 'T', 12]);
  });

  it('leaves unknown operators unknown, and believes what the file states', () => {
    const b = new GraphBuilder();
    const x = b.input('x', 'float32', ['N']);
    b.importDomain('com.example', 1);
    const odd = b.node('Odd', [x], {}, { domain: 'com.example' });
    const relu = b.node('Relu', [odd]);
    b.output(b.node('Odd', [relu], {}, { domain: 'com.example', outputs: ['y'] }), 'int64', [3]);
    const types = inferShapes(b.build());
    expect(types.get(relu)).toMatchObject({ dtype: undefined, shape: undefined });
    expect(types.get('y')).toEqual({ dtype: 'int64', shape: [3] });
  });
});

describe('foldShapes', () => {
  it('makes constants of shape computations that are known', () => {
    const model = flattening().build();
    expect([...constantValues(model).keys()]).toEqual(['channels', 'Unsqueeze_2']);
    const shapes = { image: [2, 3, 32, 32] };
    expect(constantValues(model, shapes).get('target')).toEqual(int64([3], [2, 8, -1]));
    const folded = foldShapes(model, shapes);
    expect(folded.graph.nodes.map(({ op }) => op)).toEqual(['Conv', 'Reshape']);
    expect(inferShapes(folded, shapes).get('flat')?.shape).toEqual([2, 8, 256]);
  });

  it('leaves outputs of the graph alone', () => {
    const b = new GraphBuilder();
    const x = b.input('x', 'float32', [2, 3]);
    b.output(b.node('Shape', [x], {}, { outputs: ['shape'] }), 'int64', [2]);
    const model = b.build();
    expect(foldShapes(model)).toBe(model);
  });
});

describe('countMacs', () => {
  it('counts one example where the batch has a name', () => {
    const b = new GraphBuilder();
    const x = b.input('x', 'float32', ['N', 4, 8, 8]);
    const grouped = b.constant(float32([6, 2, 3, 3], new Float32Array(108)));
    const conv = b.node('Conv', [x, grouped], { group: 2, pads: [1, 1, 1, 1] }, { name: 'conv' });
    const flat = b.node('Flatten', [conv]);
    const dense = b.constant(float32([10, 384], new Float32Array(3840)));
    b.output(b.node('Gemm', [flat, dense], { transB: 1 }, { name: 'dense' }), 'float32', ['N', 10]);
    const model = b.build();
    const { nodes, total } = countMacs(model, inferShapes(model));
    expect(Object.fromEntries(nodes)).toEqual({ conv: 6 * 8 * 8 * 2 * 9, dense: 3840 });
    expect(total).toBe(6912 + 3840);
  });
});
