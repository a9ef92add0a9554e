import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { randomTensor } from '../../../test/support/run-model.ts';
import { float32, int64 } from '../../base/index.ts';
import { GraphBuilder, type Model, normalise, readModelFile } from '../../onnx/index.ts';
import { widenFloat16Weights } from '../passes/widen-float16-weights.ts';
import type { Tap } from '../tap.ts';
import { findTaps } from './find-taps.ts';
import { resolveTap } from './resolve-tap.ts';

const bundled = async (file: string): Promise<Model> =>
  widenFloat16Weights(
    normalise(await readModelFile(fileURLToPath(new URL(`../../../models/${file}`, import.meta.url)))),
  );

const names = (taps: readonly Tap[]): readonly string[] => taps.map((tap) => tap.tensor);

/** Writes small networks in a few words; every layer's tensor has the name given. */
class Net {
  readonly b = new GraphBuilder();

  conv(x: string, name: string, [inputs, outputs]: readonly [number, number], { kernel = 1, stride = 1 } = {}): string {
    const weight = this.b.constant(randomTensor([outputs, inputs, kernel, kernel]));
    const pad = (kernel - 1) / 2;
    return this.op('Conv', [x, weight], name, { strides: [stride, stride], pads: [pad, pad, pad, pad] });
  }

  gemm(x: string, name: string, [inputs, outputs]: readonly [number, number]): string {
    return this.op('Gemm', [x, this.b.constant(randomTensor([inputs, outputs]))], name);
  }

  matmul(x: string, name: string, [inputs, outputs]: readonly [number, number]): string {
    return this.op('MatMul', [x, this.b.constant(randomTensor([inputs, outputs]))], name);
  }

  norm(x: string, name: string, channels: number): string {
    const [one, zero] = [1, 0].map((value) =>
      this.b.constant(float32([channels], new Float32Array(channels).fill(value))),
    );
    return this.op('BatchNormalization', [x, one!, zero!, zero!, one!], name);
  }

  op(
    op: string,
    inputs: readonly string[],
    name: string,
    attributes: Record<string, number | readonly number[] | string> = {},
  ): string {
    return this.b.node(op, inputs, attributes, { outputs: [name] });
  }

  pool(x: string, name: string): string {
    return this.op('MaxPool', [x], name, { kernel_shape: [2, 2], strides: [2, 2] });
  }
}

describe('findTaps', () => {
  it('finds every block of EfficientNet-Lite0, and seven landmarks', async () => {
    const taps = findTaps(await bundled('efficientnet-lite0.onnx'));
    expect(taps).toHaveLength(32);
    const blocks = [1, 2, 2, 3, 3, 4, 1].flatMap((count, stage) =>
      Array.from({ length: count }, (_, block) => `stage${stage + 1}.block${block + 1}/`),
    );
    for (const block of blocks) {
      expect(
        taps.some((tap) => tap.tensor.startsWith(block) && /\/(add|project\/norm)$/.test(tap.tensor) && tap.linear),
      ).toBe(true);
    }
    expect(taps.filter((tap) => tap.landmark).map((tap) => [tap.id, tap.tensor, tap.channels])).toEqual([
      ['stage1.block4/clip', 'stage2.block1/expand/relu6', 96],
      ['stage2.block4/clip', 'stage3.block1/expand/relu6', 144],
      ['stage3.block4/clip', 'stage4.block1/expand/relu6', 240],
      ['stage4.block10/clip', 'stage6.block1/expand/relu6', 672],
      ['stage5.block7/clip', 'stage7.block1/depthwise/relu6', 1152],
      ['stage6.block1/globalaveragepool', 'head/flatten', 1280],
      ['stage6.block2/gemm', 'logits', 1000],
    ]);
    expect(taps.at(-1)).toMatchObject({ logits: true, linear: true, depth: 1, macs: 385_187_552, sides: [] });
    expect(taps.at(-2)).toMatchObject({ shape: [1280], pooling: 'none', linear: false });
    expect(new Set(taps.map((tap) => tap.id)).size).toBe(taps.length);
    expect(taps.map((tap) => tap.depth)).toEqual(taps.map((tap) => tap.depth).toSorted((a, b) => a - b));
    expect(taps.some((tap) => tap.tensor.endsWith('conv') || tap.tensor.endsWith('head/relu6'))).toBe(false);
  });

  it('takes the concatenations of SqueezeNet, not its branches, and the logits behind the pooling', async () => {
    const taps = findTaps(await bundled('squeezenet1.1.onnx'));
    for (const fire of [2, 4, 6, 7, 8, 9]) expect(names(taps)).toContain(`fire${fire}/concat`);
    expect(taps.some((tap) => tap.tensor.includes('expand'))).toBe(false);
    expect(taps.at(-1)).toMatchObject({ tensor: 'logits', logits: true, channels: 1000 });
    expect(taps.at(-2)).toMatchObject({
      tensor: 'fire9/concat',
      landmark: true,
      pooling: 'spatial-mean',
      shape: [512, 13, 13],
    });
    expect(names(taps)).toContain('pool3');
    expect(names(taps)).not.toContain('fire3/concat');
    expect(taps.filter((tap) => tap.landmark && tap.tensor.includes('squeeze'))).toEqual([]);
  });

  it('keeps of conv, norm, activation the last; of a residual block the sum', () => {
    const net = new Net();
    const x = net.b.input('image', 'float32', ['N', 3, 16, 16]);
    const stem = net.op('Relu', [net.norm(net.conv(x, 'c1', [3, 8], { kernel: 3 }), 'n1', 8)], 'r1');
    const body = net.conv(net.op('Relu', [net.conv(stem, 'c2', [8, 8])], 'r2'), 'c3', [8, 8]);
    const sum = net.op('Add', [stem, body], 'sum');
    const down = net.op('Relu', [net.conv(sum, 'c4', [8, 16], { kernel: 3, stride: 2 })], 'r4');
    const code = net.op('Flatten', [net.op('GlobalAveragePool', [down], 'gap')], 'flat');
    net.b.output(net.gemm(code, 'logits', [16, 5]), 'float32', ['N', 5]);
    const taps = findTaps(net.b.build());
    expect(taps.map(({ id, tensor, linear }) => [id, tensor, linear])).toEqual([
      ['stage0.block1/relu', 'r1', false],
      ['stage0.block2/add', 'sum', true],
      ['stage1.block1/globalaveragepool', 'flat', false],
      ['stage1.block2/gemm', 'logits', true],
    ]);
  });

  it('reads a VGG: the map before the flattening, then ReLU behind each wide layer', () => {
    const net = new Net();
    const x = net.b.input('image', 'float32', ['N', 3, 16, 16]);
    const pooled = net.pool(net.op('Relu', [net.conv(x, 'c1', [3, 8], { kernel: 3 })], 'r1'), 'p1');
    const flat = net.op('Dropout', [net.op('Flatten', [pooled], 'flat')], 'drop0');
    const fc6 = net.op('Dropout', [net.op('Relu', [net.gemm(flat, 'fc6', [512, 32])], 'relu6')], 'drop6');
    const fc7 = net.op('Dropout', [net.op('Relu', [net.gemm(fc6, 'fc7', [32, 24])], 'relu7')], 'drop7');
    net.b.output(net.op('Softmax', [net.gemm(fc7, 'fc8', [24, 5])], 'prob', { axis: 1 }), 'float32', ['N', 5]);
    const taps = findTaps(net.b.build());
    expect(names(taps)).toEqual(['p1', 'relu6', 'relu7', 'fc8']);
    expect(taps.map((tap) => tap.channels)).toEqual([8, 32, 24, 5]);
    expect(taps.map((tap) => tap.pooling)).toEqual(['spatial-mean', 'none', 'none', 'none']);
    expect(taps.map((tap) => tap.logits)).toEqual([false, false, false, true]);
  });

  it('passes over the branches of an inception module and over an auxiliary head', () => {
    const net = new Net();
    const x = net.b.input('image', 'float32', ['N', 3, 16, 16]);
    const stem = net.op('Relu', [net.conv(x, 'c1', [3, 8], { kernel: 3 })], 'stem');
    const branches = [1, 3].map((kernel) =>
      net.op('Relu', [net.conv(stem, `b${kernel}`, [8, 4], { kernel })], `branch${kernel}`),
    );
    const mixed = net.op('Concat', branches, 'mixed', { axis: 1 });
    const aux = net.gemm(
      net.op('Flatten', [net.op('GlobalAveragePool', [mixed], 'auxpool')], 'auxflat'),
      'aux',
      [8, 5],
    );
    net.b.output(aux, 'float32', ['N', 5]);
    const last = net.op('Relu', [net.conv(mixed, 'c5', [8, 8], { kernel: 3 })], 'last');
    net.b.output(
      net.gemm(net.op('Flatten', [net.op('GlobalAveragePool', [last], 'gap')], 'flat'), 'logits', [8, 5]),
      'float32',
      ['N', 5],
    );
    const model = net.b.build();
    expect(names(findTaps(model))).toEqual(['stem', 'mixed', 'flat', 'logits']);
    expect(names(findTaps(model, { output: 'aux' }))).toEqual(['stem', 'auxflat', 'aux']);
    expect(() => findTaps(model, { output: 'nowhere' })).toThrow(/no output 'nowhere'/);
  });

  it('reads an MLP and a trunk without a classifier', () => {
    const net = new Net();
    const x = net.b.input('x', 'float32', ['N', 7]);
    const one = net.op('Relu', [net.gemm(x, 'g1', [7, 6])], 'one');
    const two = net.op('Relu', [net.gemm(one, 'g2', [6, 6])], 'two');
    net.b.output(net.gemm(two, 'y', [6, 2]), 'float32', ['N', 2]);
    const taps = findTaps(net.b.build());
    expect(taps.map((tap) => [tap.tensor, tap.stage, tap.landmark])).toEqual([
      ['one', 0, true],
      ['two', 0, true],
      ['y', 0, true],
    ]);
    expect(findTaps(net.b.build(), { classifier: false }).at(-1)?.logits).toBe(false);
    const trunk = new Net();
    const image = trunk.b.input('image', 'float32', ['N', 3, 8, 8]);
    trunk.b.output(trunk.op('Relu', [trunk.conv(image, 'c', [3, 8])], 'map'), 'float32', ['N', 8, 8, 8]);
    expect(findTaps(trunk.b.build())).toMatchObject([{ tensor: 'map', logits: false, pooling: 'spatial-mean' }]);
  });

  it('reads a transformer: embedding, residual sums, mask as a side', () => {
    const net = new Net();
    const ids = net.b.input('input_ids', 'int64', ['N', 'T']);
    const mask = net.b.input('attention_mask', 'int64', ['N', 'T']);
    const axes = net.b.constant(int64([1], [1]));
    const floats = net.op('Cast', [net.op('Unsqueeze', [mask, axes], 'wide')], 'maskfloat', { to: 'float32' });
    let h = net.op('Gather', [net.b.constant(randomTensor([11, 8])), ids], 'embedded');
    for (const block of [1, 2]) {
      const [q, k, v] = ['q', 'k', 'v'].map((part) => net.matmul(h, `${part}${block}`, [8, 8]));
      const scores = net.op(
        'Add',
        [net.op('MatMul', [q!, net.op('Transpose', [k!], `kt${block}`, { perm: [0, 2, 1] })], `qk${block}`), floats],
        `scores${block}`,
      );
      const attended = net.op('MatMul', [net.op('Softmax', [scores], `a${block}`, { axis: -1 }), v!], `av${block}`);
      const middle = net.op('Add', [h, attended], `attention${block}`);
      const mlp = net.matmul(
        net.op('Gelu', [net.matmul(middle, `m${block}`, [8, 16])], `gelu${block}`),
        `o${block}`,
        [16, 8],
      );
      h = net.op('Add', [middle, mlp], `block${block}`);
    }
    const first = net.op('Gather', [h, net.b.constant(int64([], [0]))], 'cls', { axis: 1 });
    net.b.output(net.gemm(first, 'logits', [8, 3]), 'float32', ['N', 3]);
    const taps = findTaps(net.b.build());
    expect(names(taps)).toEqual(['embedded', 'attention1', 'block1', 'attention2', 'block2', 'cls', 'logits']);
    expect(taps.map((tap) => tap.pooling)).toEqual([...Array(5).fill('token-mean'), 'none', 'none']);
    expect(taps.map((tap) => tap.sides)).toEqual([
      ['attention_mask'],
      ['attention_mask'],
      ['attention_mask'],
      [],
      [],
      [],
      [],
    ]);
    expect(taps[0]?.shape).toEqual([-1, 8]);
    expect(taps.filter((tap) => tap.landmark).length).toBeGreaterThanOrEqual(6);
  });

  it('says so when nothing leads from input to output', () => {
    const b = new GraphBuilder();
    b.input('x', 'float32', ['N', 2]);
    b.output(b.node('Identity', [b.constant(float32([1], [1]))]), 'float32', [1]);
    expect(() => findTaps(b.build())).toThrow('no output depends on any input');
  });
});

describe('resolveTap', () => {
  it('takes an id, a tensor, or a word', async () => {
    const taps = findTaps(await bundled('squeezenet1.1.onnx'));
    expect(resolveTap(taps, taps[3]!.id)).toBe(taps[3]);
    expect(resolveTap(taps, 'fire9/concat').tensor).toBe('fire9/concat');
    expect(resolveTap(taps, 'code').tensor).toBe('fire9/concat');
    expect(resolveTap(taps, 'logits')).toBe(taps.at(-1));
    expect(() => resolveTap(taps, 'conv99')).toThrow(/Cannot find the tap 'conv99'/);
  });
});
