import { describe, expect, it } from 'vitest';
import { randomTensor, relativeError, runModel } from '../../../test/support/run-model.ts';
import { float32, type Tensor } from '../../base/index.ts';
import { GraphBuilder, type Model } from '../../onnx/index.ts';
import { foldBatchNorm } from './fold-batch-norm.ts';

let seed = 0;
const constant = (b: GraphBuilder, dims: readonly number[]): string => b.constant(randomTensor(dims, seed++));

function norm(
  b: GraphBuilder,
  x: string,
  channels: number,
  attributes: Record<string, number> = {},
  name?: string,
): string {
  const variance = b.constant(
    float32(
      [channels],
      Float32Array.from(randomTensor([channels], seed++).data, (value) => value ** 2 + 0.1),
    ),
  );
  const inputs = [x, constant(b, [channels]), constant(b, [channels]), constant(b, [channels]), variance];
  return b.node('BatchNormalization', inputs, attributes, name === undefined ? {} : { outputs: [name] });
}

function graph(dims: readonly number[], build: (b: GraphBuilder, x: string) => string): Model {
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', ['N', ...dims]);
  const y = build(b, x);
  b.node('Identity', [y], {}, { outputs: ['y'] });
  b.output('y', 'float32', Array(dims.length + 1).fill(null));
  return b.build();
}

async function expectSame(model: Model, x: Tensor<'float32'>, normsLeft = 0): Promise<void> {
  const folded = foldBatchNorm(model);
  expect(folded.graph.nodes.filter((node) => node.op === 'BatchNormalization')).toHaveLength(normsLeft);
  const [before, after] = [await runModel(model, { x }), await runModel(folded, { x })];
  expect(after.y!.dims).toEqual(before.y!.dims);
  expect(relativeError(after.y!.data, before.y!.data)).toBeLessThan(2e-6);
}

describe('foldBatchNorm', () => {
  const image = randomTensor([2, 6, 7, 7], 77);

  it('folds into the convolution below: padded, grouped, depthwise, with and without bias', async () => {
    for (const [groups, outputs, bias] of [
      [1, 4, true],
      [2, 8, false],
      [6, 12, true],
    ] as const) {
      const model = graph([6, 7, 7], (b, x) => {
        const weight = constant(b, [outputs, 6 / groups, 3, 3]);
        const inputs = bias ? [x, weight, constant(b, [outputs])] : [x, weight];
        return norm(b, b.node('Conv', inputs, { group: groups, pads: [1, 1, 1, 1], strides: [2, 2] }), outputs, {
          epsilon: 1e-3,
        });
      });
      await expectSame(model, image);
    }
  });

  it('folds into ConvTranspose, Gemm and MatMul', async () => {
    await expectSame(
      graph([6, 7, 7], (b, x) =>
        norm(b, b.node('ConvTranspose', [x, constant(b, [6, 5, 2, 2])], { group: 2, strides: [2, 2] }), 10),
      ),
      image,
    );
    const row = randomTensor([3, 6], 5);
    for (const transB of [0, 1]) {
      const dims = transB ? [4, 6] : [6, 4];
      await expectSame(
        graph([6], (b, x) =>
          norm(b, b.node('Gemm', [x, constant(b, dims), constant(b, [4])], { transB, beta: 0.5 }), 4),
        ),
        row,
      );
    }
    await expectSame(
      graph([6], (b, x) => norm(b, b.node('MatMul', [x, constant(b, [6, 4])]), 4)),
      row,
    );
  });

  it('folds into the layer above where there is no padding, and both ways around one layer', async () => {
    await expectSame(
      graph([6, 7, 7], (b, x) => b.node('Conv', [norm(b, x, 6), constant(b, [4, 3, 3, 3])], { group: 2 })),
      image,
    );
    await expectSame(
      graph([6], (b, x) => b.node('Gemm', [norm(b, x, 6), constant(b, [4, 6])], { transB: 1 })),
      randomTensor([3, 6], 6),
    );
    await expectSame(
      graph([6, 7, 7], (b, x) => norm(b, b.node('Conv', [norm(b, x, 6), constant(b, [4, 6, 1, 1])]), 4)),
      image,
    );
  });

  it('leaves alone what is not exact', async () => {
    const padded = { pads: [1, 1, 1, 1] };
    await expectSame(
      graph([6, 7, 7], (b, x) => b.node('Conv', [norm(b, x, 6), constant(b, [4, 6, 3, 3])], padded)),
      image,
      1,
    );
    await expectSame(
      graph([6, 7, 7], (b, x) =>
        b.node('Conv', [norm(b, x, 6), constant(b, [4, 6, 3, 3])], { auto_pad: 'SAME_UPPER' }),
      ),
      image,
      1,
    );
    // The convolution's own output is read elsewhere too.
    await expectSame(
      graph([6, 7, 7], (b, x) => {
        const conv = b.node('Conv', [x, constant(b, [4, 6, 1, 1])]);
        return b.node('Add', [norm(b, conv, 4), conv]);
      }),
      image,
      1,
    );
    // A zero rim stands between the two.
    await expectSame(
      graph([6, 7, 7], (b, x) => {
        const pads = b.constant({
          dtype: 'int64',
          dims: [8],
          data: BigInt64Array.from([0, 0, 1, 1, 0, 0, 1, 1], BigInt),
        });
        return norm(b, b.node('Pad', [b.node('Conv', [x, constant(b, [4, 6, 1, 1])]), pads]), 4);
      }),
      image,
      1,
    );
    // MatMul of three dimensions: its columns are not the channels.
    await expectSame(
      graph([5, 6], (b, x) => norm(b, b.node('MatMul', [x, constant(b, [6, 5])]), 5)),
      randomTensor([2, 5, 6], 8),
      1,
    );
  });
});
