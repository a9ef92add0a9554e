import { expect, it } from 'vitest';
import { float32, int64 } from '../base/index.ts';
import { GraphBuilder } from './builder.ts';
import { printModel } from './print.ts';

it('prints a model as people read it', () => {
  const b = new GraphBuilder({ name: 'tiny' });
  const x = b.input('image', 'float32', ['N', 3, 8, 8]);
  const weight = b.constant(float32([4, 3, 3, 3], new Float32Array(108)), 'weight');
  const conv = b.node('Conv', [x, weight], { strides: [2, 2], pads: [1, 1, 1, 1] }, { name: 'conv1' });
  const clipped = b.node('Clip', [conv, '', b.constant(float32([], [6]), 'six')]);
  const flat = b.node('Reshape', [clipped, b.constant(int64([2], [0, -1]), 'shape')]);
  b.metadata('licence', 'CC0');
  b.output(b.node('Softmax', [flat], { axis: -1 }, { outputs: ['probabilities'] }), 'float32', ['N', 64]);
  expect(printModel(b.build())).toBe(
    [
      'model tiny (opset 21, ir 10)',
      '  metadata licence',
      '  input  image: float32[N, 3, 8, 8]',
      '  stored weight: float32[4, 3, 3, 3] (432 bytes)',
      '  stored six: float32[] (4 bytes)',
      '  stored shape: int64[2] (16 bytes)',
      '  conv1: Conv(image, weight) → conv1: float32[N, 4, 4, 4] { strides = [2, 2], pads = [1, 1, 1, 1] }',
      '  Clip: Clip(conv1, —, six) → Clip: float32[N, 4, 4, 4]',
      '  Reshape: Reshape(Clip, shape) → Reshape: float32[N, 64]',
      '  Softmax: Softmax(Reshape) → probabilities: float32[N, 64] { axis = -1 }',
      '  output probabilities: float32[N, 64]',
    ].join('\n'),
  );
});
