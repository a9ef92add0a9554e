import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { float32, InputError, sizeOf, type Tensor } from '../base/index.ts';
import { checkModel, countMacs, inferShapes, type Model, readModel, writeModel } from '../onnx/index.ts';
import { openSession } from '../runtime/index.ts';
import { type Backbone, loadBackbone, modelFile } from './backbone.ts';
import type { Card, Preprocessing } from './card.ts';
import { cards } from './cards.ts';
import { sourceLabels } from './source-labels.ts';

/** Recorded by tools/record-zoo-fixtures.py from independent implementations. */
const FIXTURES = new URL('../../test/fixtures/zoo/', import.meta.url);
const reference: { inputs: string[]; top1: Record<string, string[]> } = JSON.parse(
  readFileSync(new URL('reference.json', FIXTURES), 'utf8'),
);

/** Convolutions that a BatchNormalization follows, by network: 1 stem, 16 blocks of 3 (the first of 2), 1 head; SqueezeNet has none. */
const NORMS: Record<string, number> = { 'efficientnet-lite0': 49, 'squeezenet1.1': 0 };
const WEIGHTS: Record<string, number> = { 'efficientnet-lite0': 50, 'squeezenet1.1': 26 };

describe.each(cards)('$id', (card) => {
  let bytes: Uint8Array;
  let file: Model;
  let backbone: Backbone;
  let pixels: Uint8Array[];

  beforeAll(async () => {
    bytes = readFileSync(modelFile(card.file));
    file = readModel(bytes);
    backbone = await loadBackbone(card);
    pixels = await Promise.all(reference.inputs.map(pixelsOf));
  });

  it('is the file that the card describes', () => {
    expect(bytes.byteLength).toBe(card.bytes);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(card.sha256);
    expect(backbone.sha256).toBe(card.sha256);
    expect(() => checkModel(file)).not.toThrow();
  });

  it('stores every weight as float16, all else as float32', () => {
    const stored = Object.entries(file.graph.initializers);
    const weights = stored.filter(([, { dims }]) => dims.length > 1);
    expect(weights).toHaveLength(WEIGHTS[card.id]!);
    for (const [name, { dtype, dims }] of stored) {
      expect([name, dtype]).toEqual([name, dims.length > 1 ? 'float16' : 'float32']);
    }
  });

  it('keeps BatchNormalization unfolded, in the file and once loaded', () => {
    const norms = (model: Model) => model.graph.nodes.filter(({ op }) => op === 'BatchNormalization').length;
    expect(norms(file)).toBe(NORMS[card.id]);
    expect(norms(backbone.model)).toBe(NORMS[card.id]);
  });

  it('is loaded with float32 weights and no Cast', () => {
    expect(backbone.model.graph.nodes.filter(({ op }) => op === 'Cast')).toEqual([]);
    const dtypes = new Set(Object.values(backbone.model.graph.initializers).map(({ dtype }) => dtype));
    expect([...dtypes]).toEqual(['float32']);
    expect(() => checkModel(backbone.model)).not.toThrow();
  });

  it('has the parameters and the multiply-accumulates that the card says', () => {
    expect(parametersOf(backbone.model)).toBe(card.parameters);
    expect(countMacs(backbone.model, inferShapes(backbone.model)).total).toBe(card.macs);
  });

  it('answers as the reference implementation does with the same rounded weights, to 1e-4', async () => {
    const expected = floatsOf(`${card.id}.logits.bin`);
    const input = prepare(pixels, card.preprocessing);
    for (const model of [bytes, writeModel(backbone.model)]) {
      const logits = await run(model, input);
      expect(logits.dims).toEqual([reference.inputs.length, 1000]);
      expect(largestGap(logits.data, expected)).toBeLessThan(1e-4);
    }
  });

  it('knows what it sees: the reference labels', async () => {
    const logits = await run(bytes, prepare(pixels, card.preprocessing));
    const labels = await sourceLabels(card.labels);
    const seen = reference.inputs.map(
      (_, i) => labels[argmax(logits.data.subarray(1000 * i, 1000 * (i + 1)))]?.names[0],
    );
    expect(seen).toEqual(reference.top1[card.id]);
    expect(seen[reference.inputs.indexOf('cat')]).toBe('Egyptian cat');
    expect(seen[reference.inputs.indexOf('coffee')]).toBe('espresso');
  });
});

describe('loadBackbone', () => {
  const card: Card = cards[0];

  it('refuses a file whose hash is not the card’s', async () => {
    const forged = { ...card, sha256: '0'.repeat(64) };
    await expect(loadBackbone(forged)).rejects.toThrow(InputError);
    await expect(loadBackbone(forged)).rejects.toThrow(`has SHA-256 ${card.sha256}, its card says 000`);
  });

  it('says where a missing file should be', async () => {
    await expect(loadBackbone({ ...card, file: 'gone.onnx' })).rejects.toThrow(/gone\.onnx is not there/);
  });
});

/** 224 × 224 × 3 bytes, RGB, of a fixture picture, or of the formula that the recording script states. */
async function pixelsOf(name: string): Promise<Uint8Array> {
  if (name !== 'formula') {
    return new Uint8Array(
      await sharp(readFileSync(new URL(`${name}.png`, FIXTURES)))
        .raw()
        .toBuffer(),
    );
  }
  return Uint8Array.from({ length: 224 * 224 * 3 }, (_, i) => {
    const c = i % 3;
    const x = Math.floor(i / 3) % 224;
    const y = Math.floor(i / (3 * 224));
    return (3 * x + 5 * y + 37 * c + Math.floor((x * y) / 32)) % 256;
  });
}

/** As the card says, naively. */
function prepare(images: readonly Uint8Array[], { channels, scale, mean, std }: Preprocessing): Tensor<'float32'> {
  const area = 224 * 224;
  const data = new Float32Array(images.length * 3 * area);
  images.forEach((image, n) => {
    for (let c = 0; c < 3; c++) {
      const source = channels === 'RGB' ? c : 2 - c;
      for (let i = 0; i < area; i++)
        data[(n * 3 + c) * area + i] = (image[3 * i + source]! * scale - mean[c]!) / std[c]!;
    }
  });
  return float32([images.length, 3, 224, 224], data);
}

async function run(model: Uint8Array, input: Tensor<'float32'>): Promise<Tensor<'float32'>> {
  const session = await openSession(model, { threads: 2 });
  try {
    const { logits } = await session.run({ input });
    if (logits === undefined || !(logits.data instanceof Float32Array)) throw new Error('logits must be float32');
    return { dtype: 'float32', dims: logits.dims, data: logits.data };
  } finally {
    await session.release();
  }
}

/** Weights, biases, scale and shift; the running statistics (inputs 3 and 4 of BatchNormalization) and Clip's bounds are none. */
function parametersOf({ graph }: Model): number {
  const trained = graph.nodes.flatMap(({ op, inputs }) => (op === 'Clip' ? [] : inputs.slice(1, 3)));
  return [...new Set(trained)].reduce((sum, name) => sum + sizeOf(graph.initializers[name]?.dims ?? [0]), 0);
}

function floatsOf(name: string): Float32Array {
  const bytes = new Uint8Array(readFileSync(new URL(name, FIXTURES)));
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

function largestGap(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((gap, value, i) => Math.max(gap, Math.abs(value - b[i]!)), 0);
}

function argmax(values: Float32Array): number {
  return values.indexOf(values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY));
}
