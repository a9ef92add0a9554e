import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomTensor, relativeError, runModel } from '../../test/support/run-model.ts';
import { float32, Random, type Tensor } from '../base/index.ts';
import { fitNovelty, noveltyOf } from '../evidence/index.ts';
import { GraphBuilder, type Model, writeModel } from '../onnx/index.ts';
import { attachPreprocessing, findTaps, floatsOfHalves, halvesOfFloats, poolCodes } from '../rewrite/index.ts';
import type { Backbone, Card } from '../zoo/index.ts';
import { type ArtifactParts, buildArtifact } from './build.ts';
import { type Artifact, loadArtifact, readArtifact } from './load.ts';
import { saveArtifact } from './save.ts';
import { METADATA_KEY } from './schema.ts';

const SIZE = 8;
const LABELS = ['ant', 'bee', 'wasp'];
const half = (dims: readonly number[], seed: number) =>
  float32(dims, floatsOfHalves(halvesOfFloats(randomTensor(dims, seed).data)));

function backbone(): Backbone {
  const b = new GraphBuilder();
  const x = b.input('input', 'float32', ['N', 3, SIZE, SIZE]);
  const conv = b.node('Conv', [x, b.constant(half([6, 3, 3, 3], 1))], { pads: [1, 1, 1, 1] });
  const [one, zero] = [1.5, 0.1].map((value) => b.constant(float32([6], new Float32Array(6).fill(value))));
  const map = b.node(
    'Relu',
    [b.node('BatchNormalization', [conv, one!, zero!, zero!, one!])],
    {},
    { outputs: ['map'] },
  );
  const deep = b.node('Relu', [b.node('Conv', [map, b.constant(half([10, 6, 3, 3], 2))], { strides: [2, 2] })]);
  const flat = b.node('Flatten', [b.node('GlobalAveragePool', [deep])], {}, { outputs: ['flat'] });
  b.node('Gemm', [flat, b.constant(half([10, 20], 3))], {}, { outputs: ['logits'] });
  b.output('logits', 'float32', ['N', 20]);
  const card: Card = {
    id: 'small',
    title: 'Small',
    file: 'small.onnx',
    sha256: 'a'.repeat(64),
    bytes: 0,
    preprocessing: {
      width: SIZE,
      height: SIZE,
      channels: 'RGB',
      scale: 1,
      mean: [127, 127, 127],
      std: [128, 128, 128],
    },
    labels: 'imagenet-1k',
    parameters: 0,
    macs: 0,
    top1: { value: 0, source: '' },
    licence: { spdx: 'Apache-2.0', notice: 'Made for a test' },
    provenance: 'random',
  };
  return { card, model: b.build(), sha256: 'b'.repeat(64) };
}

function images(count: number, seed: number): Tensor<'uint8'> {
  const random = new Random(seed);
  const data = Uint8Array.from({ length: count * SIZE * SIZE * 3 }, () => random.integer(256));
  return { dtype: 'uint8', dims: [count, SIZE, SIZE, 3], data };
}

const weight = randomTensor([16, 3], 5);
const trunk = backbone();
const taps = findTaps(trunk.model).filter((tap) => !tap.logits);

async function codesOf(pixels: Tensor<'uint8'>) {
  const model = attachPreprocessing(poolCodes(trunk.model, taps), trunk.card.preprocessing);
  const { data } = (await runModel(model, { image: pixels })).codes!;
  return { rows: pixels.dims[0]!, cols: 16, data };
}

async function parts(changes: Partial<ArtifactParts> = {}): Promise<ArtifactParts> {
  const codes = await codesOf(images(12, 1));
  const novelty = fitNovelty(
    { ...codes, blocks: () => [codes] },
    Int32Array.from({ length: 12 }, (_, row) => row % 3),
  );
  return {
    backbone: trunk,
    taps,
    head: {
      params: { lambda: 0.1 },
      predict: async () => new Float32Array(),
      toGraph: (b, input) => b.node('MatMul', [input, b.constant(weight)]),
    },
    method: 'ridge',
    labels: LABELS,
    temperature: 2,
    view: { id: 'squash', width: SIZE, height: SIZE, kernel: 'cubic' },
    unknown: { novelty, threshold: 0.3, refused: 0.02 },
    training: { examples: 12, perClass: [4, 4, 4], hash: 'c'.repeat(64) },
    seed: 7,
    versions: { graftwork: '0.1.0' },
    scores: { accuracy: { mean: 0.9, low: 0.8, high: 0.95 } },
    ...changes,
  };
}

let folder: string;
const opened: Artifact[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'artifact-'));
});
afterAll(async () => {
  await Promise.all(opened.map((artifact) => artifact.release()));
  await rm(folder, { recursive: true });
});

async function reopened(changes: Partial<ArtifactParts> = {}): Promise<Artifact> {
  const file = join(folder, `${opened.length}.onnx`);
  await saveArtifact(buildArtifact(await parts(changes)), file);
  const artifact = await loadArtifact(file, { worker: false });
  opened.push(artifact);
  return artifact;
}

describe('an artefact', () => {
  it('predicts what backbone, head, temperature and novelty say, each computed apart', async () => {
    const artifact = await reopened();
    const pixels = images(5, 2);
    const outputs = await artifact.predict(pixels);
    const codes = await codesOf(pixels);
    expect(relativeError(outputs.codes, codes.data)).toBeLessThan(1e-5);
    const { unknown } = await parts();
    const wanted = noveltyOf(unknown!.novelty, { ...codes, blocks: () => [codes] });
    expect(relativeError(outputs.novelty, wanted)).toBeLessThan(1e-5);
    for (let row = 0; row < 5; row++) {
      const logits = LABELS.map((_, c) =>
        codes.data.slice(row * 16, row * 16 + 16).reduce((sum, value, d) => sum + value * weight.data[d * 3 + c]!, 0),
      );
      const exps = logits.map((value) => Math.exp((value - Math.max(...logits)) / 2));
      const total = exps.reduce((a, b) => a + b, 0);
      expect(
        relativeError(
          outputs.probabilities.slice(row * 3, row * 3 + 3),
          exps.map((value) => value / total),
        ),
      ).toBeLessThan(1e-5);
    }
  });

  it('stores its weights as float16 where that loses nothing, and folded ones as float32', async () => {
    const kept = buildArtifact(await parts());
    const folded = buildArtifact(await parts({ batchNorm: 'fold' }));
    const count = (model: Model, op: string): number => model.graph.nodes.filter((node) => node.op === op).length;
    expect([count(kept, 'BatchNormalization'), count(kept, 'Cast')]).toEqual([1, 3]);
    expect(count(folded, 'BatchNormalization')).toBe(0);
    expect(writeModel(kept).length).toBeLessThan(writeModel(folded).length);
    const pixels = images(3, 3);
    const [a, b] = [await runModel(kept, { image: pixels }), await runModel(folded, { image: pixels })];
    expect(relativeError(a.probabilities!.data, b.probabilities!.data)).toBeLessThan(1e-5);
  });

  it('leaves out what stands above the deepest tap', async () => {
    const shallow = buildArtifact(
      await parts({
        taps: taps.slice(0, 1),
        unknown: null,
        head: {
          params: {},
          predict: async () => new Float32Array(),
          toGraph: (b, codes) => b.node('MatMul', [codes, b.constant(randomTensor([6, 3], 1))]),
        },
      }),
    );
    expect(shallow.graph.nodes.filter((node) => node.op === 'Conv')).toHaveLength(1);
    expect(new Set(shallow.graph.nodes.map((node) => node.domain))).toEqual(new Set(['']));
    const { novelty } = await runModel(shallow, { image: images(2, 4) });
    expect(novelty!.dims).toEqual([2]);
    expect(Array.from(novelty!.data)).toEqual([0, 0]);
  });

  it('gives novelty 1 to codes of zeros', async () => {
    const { unknown } = await parts();
    const zero = { rows: 1, cols: 16, data: new Float32Array(16) };
    expect(noveltyOf(unknown!.novelty, { ...zero, blocks: () => [zero] })[0]).toBe(1);
    const b = new GraphBuilder();
    const { addNovelty } = await import('./novelty-graph.ts');
    addNovelty(b, b.input('codes', 'float32', ['N', 16]), unknown!.novelty, 'novelty');
    b.output('novelty', 'float32', ['N']);
    const got = await runModel(b.build(), { codes: float32([1, 16], zero.data) });
    expect(Array.from(got.novelty!.data)).toEqual([1]);
  });

  it('carries its metadata, keys of later versions included', async () => {
    const { metadata } = await reopened({ update: { cache: ['key'] } });
    expect(metadata).toMatchObject({
      schema: 1,
      labels: LABELS,
      temperature: 2,
      unknown: { threshold: 0.3 },
      backbone: { id: 'small', licence: { spdx: 'Apache-2.0' } },
      method: { id: 'ridge', params: { lambda: 0.1 } },
      update: { cache: ['key'] },
    });
    expect(metadata.taps.map((tap) => tap.id)).toEqual(taps.map((tap) => tap.id));
    const later = JSON.stringify({ ...metadata, novelty: 'of 2030', view: { ...metadata.view, crop: 0.9 } });
    const model = buildArtifact(await parts());
    const file = join(folder, 'later.onnx');
    await saveArtifact({ ...model, metadata: { [METADATA_KEY]: later } }, file);
    expect((await readArtifact(file)).metadata).toMatchObject({ novelty: 'of 2030', view: { crop: 0.9 } });
  });

  it('is the same file for the same parts', async () => {
    const hash = (model: Model): string => createHash('sha256').update(writeModel(model)).digest('hex');
    expect(hash(buildArtifact(await parts()))).toBe(hash(buildArtifact(await parts())));
  });

  it('takes no images at all, and refuses images of another size', async () => {
    const artifact = await reopened();
    expect(
      (await artifact.predict({ dtype: 'uint8', dims: [0, SIZE, SIZE, 3], data: new Uint8Array() })).probabilities,
    ).toHaveLength(0);
    await expect(artifact.predict({ dtype: 'uint8', dims: [1, 2, 2, 3], data: new Uint8Array(12) })).rejects.toThrow(
      /takes \[N, 8, 8, 3\]/,
    );
  });

  it('is not built from parts that do not fit', async () => {
    await expect(parts({ labels: ['only'] }).then(buildArtifact)).rejects.toThrow(
      'the head has 3 outputs for 1 labels',
    );
    await expect(parts({ taps: taps.slice(0, 1) }).then(buildArtifact)).rejects.toThrow(
      'novelty was fitted on 16 channels',
    );
  });
});

describe('readArtifact', () => {
  const write = async (name: string, bytes: Uint8Array): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, bytes);
    return file;
  };
  const changed = async (change: (model: Model) => Model): Promise<string> =>
    write('changed.onnx', writeModel(change(buildArtifact(await parts()))));
  const withMetadata = (text: string) => changed((model) => ({ ...model, metadata: { [METADATA_KEY]: text } }));

  it('says what is wrong with a file that is not a model of graftwork', async () => {
    await expect(readArtifact(join(folder, 'nowhere.onnx'))).rejects.toThrow(/Cannot read .*nowhere/);
    await expect(readArtifact(folder)).rejects.toThrow(/Cannot read/);
    await expect(readArtifact(await write('text.onnx', new TextEncoder().encode('hello')))).rejects.toThrow(
      /Cannot read/,
    );
    await expect(readArtifact(await write('empty.onnx', new Uint8Array()))).rejects.toThrow(/Cannot/);
    await expect(readArtifact(await changed((model) => ({ ...model, metadata: {} })))).rejects.toThrow(
      /not one made by graftwork/,
    );
    await expect(readArtifact(await withMetadata('{'))).rejects.toThrow(/not JSON/);
    await expect(readArtifact(await withMetadata('{"schema": 2}'))).rejects.toThrow(/schema 2, this graftwork reads 1/);
    await expect(readArtifact(await withMetadata('{"schema": 1}'))).rejects.toThrow(/damaged at task/);
  });

  it('refuses a graph that does not match its metadata', async () => {
    const rename = (model: Model): Model => ({
      ...model,
      graph: { ...model.graph, outputs: model.graph.outputs.slice(1) },
    });
    await expect(readArtifact(await changed(rename))).rejects.toThrow(/should have 'probabilities', float32 \[N, 3\]/);
    const foreign = (model: Model): Model => ({
      ...model,
      opsets: { ...model.opsets, evil: 1 },
      graph: {
        ...model.graph,
        nodes: [
          ...model.graph.nodes,
          { name: 'x', op: 'X', domain: 'evil', inputs: [], outputs: ['z'], attributes: {} },
        ],
      },
    });
    await expect(readArtifact(await changed(foreign))).rejects.toThrow(/of the domain 'evil'/);
  });

  it('answers any damage to the file with an error in words', async () => {
    const bytes = writeModel(buildArtifact(await parts()));
    const random = new Random(3);
    for (let round = 0; round < 40; round++) {
      const damaged = Uint8Array.from(bytes);
      for (let hit = 0; hit < 3; hit++) damaged[random.integer(damaged.length)] = random.integer(256);
      const file = await write(
        'damaged.onnx',
        round % 2 ? damaged : damaged.subarray(0, random.integer(damaged.length)),
      );
      const error = await readArtifact(file).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error !== undefined) expect(String(error)).toMatch(/^InputError: Cannot /);
    }
  });
});

describe('saveArtifact', () => {
  it('leaves no other file behind, and says where it cannot write', async () => {
    const before = await readdir(folder);
    const model = buildArtifact(await parts());
    await saveArtifact(model, join(folder, 'atomic.onnx'));
    expect((await readdir(folder)).filter((name) => !before.includes(name))).toEqual(['atomic.onnx']);
    await expect(saveArtifact(model, join(folder, 'no', 'such.onnx'))).rejects.toThrow(/Cannot write .*such\.onnx/);
  });
});
