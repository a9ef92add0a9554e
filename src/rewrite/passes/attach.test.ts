import { describe, expect, it } from 'vitest';
import { randomTensor, relativeError, runModel } from '../../../test/support/run-model.ts';
import { float32, type Tensor } from '../../base/index.ts';
import { GraphBuilder, type Model } from '../../onnx/index.ts';
import { findTaps } from '../taps/find-taps.ts';
import { attachHead } from './attach-head.ts';
import { attachPreprocessing } from './attach-preprocessing.ts';
import { dropClassifier } from './drop-classifier.ts';
import { poolCodes } from './pool-codes.ts';

/** input [N, 3, 4, 4] ─ Conv ─ Relu ─ Conv ─ Relu ─ GAP ─ Flatten ─ Gemm. */
function network(): Model {
  const b = new GraphBuilder();
  const x = b.input('input', 'float32', ['N', 3, 4, 4]);
  const one = b.node(
    'Relu',
    [b.node('Conv', [x, b.constant(randomTensor([5, 3, 3, 3], 1))], { pads: [1, 1, 1, 1] })],
    {},
    { outputs: ['one'] },
  );
  const two = b.node(
    'Relu',
    [b.node('Conv', [one, b.constant(randomTensor([6, 5, 1, 1], 2))])],
    {},
    { outputs: ['two'] },
  );
  const flat = b.node('Flatten', [b.node('GlobalAveragePool', [two])], {}, { outputs: ['flat'] });
  b.node('Gemm', [flat, b.constant(randomTensor([6, 7], 3))], {}, { outputs: ['logits'] });
  b.output('logits', 'float32', ['N', 7]);
  return b.build();
}

const identity: Model = (() => {
  const b = new GraphBuilder();
  b.node('Identity', [b.input('input', 'float32', ['N', 3, 2, 2])], {}, { outputs: ['y'] });
  b.output('y', 'float32', ['N', 3, 2, 2]);
  return b.build();
})();

describe('attachPreprocessing', () => {
  const pixels: Tensor<'uint8'> = {
    dtype: 'uint8',
    dims: [1, 2, 2, 3],
    data: Uint8Array.from([0, 10, 20, 30, 40, 50, 60, 70, 80, 255, 254, 253]),
  };
  const size = { width: 2, height: 2 };

  it('computes (pixel · scale − mean) / std channel by channel', async () => {
    const model = attachPreprocessing(identity, {
      ...size,
      channels: 'RGB',
      scale: 0.5,
      mean: [1, 2, 3],
      std: [2, 4, 8],
    });
    expect(model.graph.inputs).toEqual([{ name: 'image', dtype: 'uint8', shape: ['N', 2, 2, 3] }]);
    const { y } = await runModel(model, { image: pixels });
    const wanted = [0, 1, 2].flatMap((c) =>
      [0, 1, 2, 3].map((p) => (pixels.data[p * 3 + c]! * 0.5 - (c + 1)) / [2, 4, 8][c]!),
    );
    expect(Array.from(y!.data)).toEqual(wanted.map(Math.fround));
  });

  it('turns RGB into BGR where the network wants it, with mean in its order', async () => {
    const model = attachPreprocessing(identity, {
      ...size,
      channels: 'BGR',
      scale: 1,
      mean: [104, 117, 123],
      std: [1, 1, 1],
    });
    const { y } = await runModel(model, { image: pixels });
    const wanted = [0, 1, 2].flatMap((c) => [0, 1, 2, 3].map((p) => pixels.data[p * 3 + 2 - c]! - [104, 117, 123][c]!));
    expect(Array.from(y!.data)).toEqual(wanted);
  });

  it('refuses a network of another size', () => {
    expect(() =>
      attachPreprocessing(identity, {
        width: 3,
        height: 2,
        channels: 'RGB',
        scale: 1,
        mean: [0, 0, 0],
        std: [1, 1, 1],
      }),
    ).toThrow(/'input' is not float32 \[N, 3, 2, 3\]/);
  });
});

describe('poolCodes', () => {
  it('puts the means of all taps side by side', async () => {
    const model = network();
    const taps = findTaps(model);
    expect(taps.map((tap) => tap.tensor)).toEqual(['one', 'flat', 'logits']);
    const input = randomTensor([2, 3, 4, 4], 9);
    const { codes } = await runModel(poolCodes(model, taps), { input });
    expect(codes!.dims).toEqual([2, 5 + 6 + 7]);
    const { logits } = await runModel(model, { input });
    expect(relativeError(codes!.data.slice(11, 18), logits!.data.slice(0, 7))).toBeLessThan(1e-6);
    const outputs = [{ name: 'one', dtype: 'float32' as const, shape: ['N', 5, 4, 4] }];
    const { one } = await runModel({ ...model, graph: { ...model.graph, outputs } }, { input });
    for (let c = 0; c < 5; c++) {
      const mean = one!.data.slice(c * 16, (c + 1) * 16).reduce((sum, value) => sum + value, 0) / 16;
      expect(codes!.data[c]).toBeCloseTo(mean, 5);
    }
  });

  it('drops what stands above the deepest tap', () => {
    const model = network();
    const pooled = poolCodes(model, findTaps(model).slice(0, 1));
    expect(pooled.graph.nodes.map((node) => node.op)).toEqual([
      'Conv',
      'Relu',
      'GlobalAveragePool',
      'Flatten',
      'Concat',
    ]);
    expect(Object.keys(pooled.graph.initializers)).toHaveLength(1);
  });

  it('leaves padding out of token means', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', 'float32', ['N', 'T', 2]);
    b.input('mask', 'int64', ['N', 'T']);
    b.node('Relu', [x], {}, { outputs: ['tokens'] });
    b.output('tokens', 'float32', ['N', 'T', 2]);
    const tap = { tensor: 'tokens', pooling: 'token-mean', channels: 2, shape: [-1, 2] } as const;
    const feeds = { x: float32([1, 3, 2], [1, 2, 3, 4, 100, 100]) };
    const mask: Tensor<'int64'> = { dtype: 'int64', dims: [1, 3], data: BigInt64Array.from([1n, 1n, 0n]) };
    const masked = await runModel(poolCodes(b.build(), [tap], { mask: 'mask' }), { ...feeds, mask });
    expect(Array.from(masked.codes!.data)).toEqual([2, 3]);
    const plain = await runModel(poolCodes(b.build(), [tap]), feeds);
    expect(relativeError(plain.codes!.data, [104 / 3, 106 / 3])).toBeLessThan(1e-6);
  });
});

describe('dropClassifier and attachHead', () => {
  it('put another head on the same trunk', async () => {
    const model = network();
    const trunk = dropClassifier(model, findTaps(model));
    expect(trunk.graph.outputs.map(({ name }) => name)).toEqual(['flat']);
    const weight = randomTensor([6, 2], 11);
    const whole = attachHead(trunk, (b, codes) => b.node('MatMul', [codes, b.constant(weight)]), { classes: 2 });
    const { flat, logits } = await runModel(whole, { input: randomTensor([1, 3, 4, 4], 12) });
    const wanted = [0, 1].map((c) => flat!.data.reduce((sum, value, d) => sum + value * weight.data[d * 2 + c]!, 0));
    expect(relativeError(logits!.data, wanted)).toBeLessThan(1e-6);
  });

  it('say what is missing', () => {
    expect(() => dropClassifier(network(), [])).toThrow('the network has none');
    expect(() => attachHead(network(), (_, codes) => codes, { codes: 'nowhere', classes: 1 })).toThrow(
      "there is no tensor 'nowhere'",
    );
  });
});
