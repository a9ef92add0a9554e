import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type DType, float32 } from '../base/index.ts';
import type { Attribute, Dim, Graph, Initializer, Model, Node, ValueInfo } from './ir.ts';
import { ModelProtoSchema } from './proto/onnx_pb.ts';
import { readModel, readModelFile } from './read.ts';
import { recordOf } from './records.ts';
import { initializerOf, tensorOf } from './tensor.ts';
import { writeModel, writeModelFile } from './write.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'onnx-write-'));
afterAll(() => rmSync(folder, { recursive: true }));

// Any text a file can hold: names come from outside, and some are those of Object.prototype.
const name = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1 }),
  fc.constantFrom('constructor', '__proto__', 'toString', '7'),
);
const dim: fc.Arbitrary<Dim> = fc.oneof(fc.nat(), fc.constantFrom('N', 'batch'), fc.constant(null));

const initializer: fc.Arbitrary<Initializer> = fc.oneof(
  fc.array(fc.float(), { maxLength: 5 }).map((values) => initializerOf(float32([values.length], values))),
  fc
    .array(fc.string(), { maxLength: 3 })
    .map((strings): Initializer => ({ dtype: 'string', dims: [strings.length], data: { kind: 'strings', strings } })),
);

const attribute: fc.Arbitrary<Attribute> = fc.oneof(
  fc.float().map((value): Attribute => ({ kind: 'float', value })),
  fc.maxSafeInteger().map((value): Attribute => ({ kind: 'int', value })),
  fc.string({ unit: 'grapheme' }).map((value): Attribute => ({ kind: 'string', value })),
  fc.array(fc.float()).map((value): Attribute => ({ kind: 'floats', value })),
  fc.array(fc.maxSafeInteger()).map((value): Attribute => ({ kind: 'ints', value })),
  fc.array(fc.string()).map((value): Attribute => ({ kind: 'strings', value })),
  initializer.map((value): Attribute => ({ kind: 'tensor', value })),
);

function record<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Readonly<Record<string, T>>> {
  return fc.array(fc.tuple(name, value), { maxLength: 4 }).map(recordOf);
}

function node(attributes: fc.Arbitrary<Node['attributes']>): fc.Arbitrary<Omit<Node, 'name' | 'outputs'>> {
  return fc.record({
    op: name,
    domain: fc.constantFrom('', 'com.example'),
    inputs: fc.array(fc.constantFrom('', 'x', 'w'), { maxLength: 3 }),
    attributes,
  });
}

function graph(attributes: fc.Arbitrary<Node['attributes']>): fc.Arbitrary<Graph> {
  const info = fc.record({
    name,
    dtype: fc.constantFrom<DType>('float32', 'bool', 'string'),
    shape: fc.array(dim, { maxLength: 4 }),
  });
  return fc
    .record({
      name: fc.string(),
      inputs: fc.array(info, { maxLength: 3 }),
      outputs: fc.array(info, { maxLength: 3 }),
      nodes: fc.array(node(attributes), { maxLength: 4 }),
      initializers: record(initializer),
      infos: fc.array(info, { maxLength: 3 }),
    })
    .map(({ infos, nodes, inputs, ...rest }) => ({
      ...rest,
      inputs: inputs.filter((input) => !Object.hasOwn(rest.initializers, input.name)),
      nodes: nodes.map((item, index) => ({ ...item, name: `node${index}`, outputs: [`tensor${index}`] })),
      valueInfo: recordOf(infos.map((item): [string, ValueInfo] => [item.name, item])),
    }));
}

const inner = graph(record(attribute));
const model: fc.Arbitrary<Model> = fc.record({
  irVersion: fc.integer({ min: 4, max: 13 }),
  opsets: fc.constant(
    recordOf([
      ['', 21],
      ['com.example', 1],
    ]),
  ),
  producerName: fc.string(),
  producerVersion: fc.string(),
  metadata: record(fc.string()),
  graph: graph(
    record(
      fc.oneof(
        attribute,
        inner.map((value): Attribute => ({ kind: 'graph', value })),
      ),
    ),
  ),
});

describe('writeModel', () => {
  it('writes what readModel reads back the same', () => {
    fc.assert(
      fc.property(model, (value) => {
        expect(readModel(writeModel(value))).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it('is deterministic and reproduces real models', () => {
    const bytes = readFileSync(new URL('../../models/squeezenet1.1.onnx', import.meta.url));
    const value = readModel(bytes);
    const written = writeModel(value);
    expect(Buffer.compare(writeModel(readModel(written)), written)).toBe(0);
    // Not toStrictEqual, which takes half a minute over the weights.
    expect(isDeepStrictEqual(readModel(written), value)).toBe(true);
  });

  it('keeps what it does not interpret', () => {
    const unknown = [{ no: 999, wireType: 2, data: Uint8Array.of(3, 1, 2, 3) }];
    const original = create(ModelProtoSchema, {
      irVersion: 10n,
      domain: 'org.example',
      modelVersion: 3n,
      docString: 'model doc',
      opsetImport: [
        { domain: 'ai.onnx', version: 17n },
        { domain: 'local', version: 1n },
      ],
      functions: [
        {
          name: 'f',
          domain: 'local',
          input: ['a'],
          output: ['b'],
          node: [{ opType: 'Relu', input: ['a'], output: ['b'] }],
        },
      ],
      trainingInfo: [{ initializationBinding: [{ key: 'w', value: 'init' }] }],
      graph: {
        name: 'g',
        metadataProps: [{ key: 'k', value: 'v' }],
        initializer: [
          { name: 'w', dims: [1n], dataType: 1, rawData: new Uint8Array(4), docString: 'weight doc' },
          { name: 'f8', dims: [2n], dataType: 17, rawData: Uint8Array.of(1, 2) },
          { name: 'complex', dims: [1n], dataType: 14, floatData: [1, 2] },
          { name: 'latin1', dims: [1n], dataType: 8, stringData: [Uint8Array.of(0xe4)] },
        ],
        sparseInitializer: [
          {
            dims: [4n],
            values: { name: 's', dims: [1n], dataType: 1, floatData: [1] },
            indices: { dims: [1n], dataType: 7, int64Data: [2n] },
          },
        ],
        quantizationAnnotation: [{ tensorName: 'w' }],
        input: [
          {
            name: 'seq',
            type: {
              value: {
                case: 'sequenceType',
                value: { elemType: { value: { case: 'tensorType', value: { elemType: 1 } } } },
              },
            },
          },
          {
            name: 'x',
            docString: 'pixels',
            type: {
              denotation: 'IMAGE',
              value: {
                case: 'tensorType',
                value: {
                  elemType: 1,
                  shape: {
                    dim: [
                      { denotation: 'DATA_BATCH', value: { case: 'dimParam', value: 'N' } },
                      { value: { case: 'dimValue', value: 3n } },
                    ],
                  },
                },
              },
            },
          },
        ],
        node: [
          {
            name: 'n',
            opType: 'Odd',
            domain: 'local',
            overload: 'v2',
            input: ['x'],
            output: ['y'],
            docString: 'node doc',
            metadataProps: [{ key: 'a', value: 'b' }],
            attribute: [
              { name: 'big', type: 2, i: 2n ** 62n },
              { name: 'plain', type: 2, i: 5n, docString: 'attribute doc' },
              { name: 'bytes', type: 3, s: Uint8Array.of(0xff) },
              { name: 'tensors', type: 9, tensors: [{ name: 't', dims: [0n], dataType: 1 }] },
              { name: 'reference', type: 1, refAttrName: 'alpha' },
              {
                name: 'value',
                type: 4,
                t: { name: 'inner', dims: [1n], dataType: 1, rawData: new Uint8Array(4), docString: 'tensor doc' },
              },
            ],
          },
        ],
        output: [{ name: 'y' }],
      },
    });
    original.$unknown = unknown;
    original.graph!.$unknown = unknown;
    original.graph!.node[0]!.$unknown = unknown;
    const value = readModel(toBinary(ModelProtoSchema, original));
    expect(Object.keys(value.graph.initializers)).toEqual(['w']);
    expect(value.graph.inputs.map(({ dtype, shape }) => ({ dtype, shape }))).toEqual([
      { dtype: undefined, shape: undefined },
      { dtype: 'float32', shape: ['N', 3] },
    ]);
    const written = writeModel(value);
    expect(readModel(written)).toStrictEqual(value);

    // The message is the same up to the order of initializers and the two spellings of the standard domain.
    const again = fromBinary(ModelProtoSchema, written);
    const expected = fromBinary(ModelProtoSchema, toBinary(ModelProtoSchema, original));
    for (const message of [again, expected]) {
      message.graph!.initializer.sort((a, b) => (a.name < b.name ? -1 : 1));
      message.opsetImport[0]!.domain = '';
      // A tensor in an attribute needs no name.
      for (const { t } of message.graph!.node[0]!.attribute) if (t) t.name = '';
    }
    expect(again).toEqual(expected);
  });
});

describe('writeModelFile', () => {
  const large = (): Model => ({
    irVersion: 8,
    opsets: { '': 17 },
    producerName: 'test',
    producerVersion: '',
    metadata: {},
    graph: {
      name: 'g',
      inputs: [],
      outputs: [],
      nodes: [],
      initializers: {
        a: initializerOf(
          float32(
            [300],
            Float32Array.from({ length: 300 }, (_, index) => index),
          ),
        ),
        b: initializerOf(float32([2], [1, 2])),
        c: initializerOf(float32([1000], new Float32Array(1000).fill(7))),
      },
      valueInfo: {},
    },
  });

  it('puts large tensors beside the model on request, aligned for mapping', async () => {
    const file = path.join(folder, 'external.onnx');
    await writeModelFile(large(), file, { externalDataAbove: 1024 });
    const read = await readModelFile(file);
    const kinds = Object.entries(read.graph.initializers).map(([key, { data }]) => [
      key,
      data.kind,
      data.kind === 'external' ? data.offset : 0,
    ]);
    expect(kinds).toEqual([
      ['a', 'external', 0],
      ['b', 'bytes', 0],
      ['c', 'external', 4096],
    ]);
    for (const key of ['a', 'b', 'c']) {
      expect(tensorOf(read.graph.initializers[key]!)).toEqual(tensorOf(large().graph.initializers[key]!));
    }
    // And back into one file, over itself.
    await writeModelFile(read, file);
    expect(
      Object.values((await readModelFile(file)).graph.initializers).every(({ data }) => data.kind === 'bytes'),
    ).toBe(true);
  });

  it('leaves nothing behind when it fails', async () => {
    const file = path.join(folder, 'no-such-folder', 'model.onnx');
    await expect(writeModelFile(large(), file)).rejects.toThrow();
    const target = path.join(folder, 'kept.onnx');
    await writeModelFile(large(), target);
    const missing = { kind: 'external', file: path.join(folder, 'gone.bin'), offset: 0, length: 8 } as const;
    const broken = large();
    const graph = { ...broken.graph, initializers: { x: { dtype: 'float32', dims: [2], data: missing } as const } };
    await expect(writeModelFile({ ...broken, graph }, target)).rejects.toThrow(/gone\.bin/);
    expect((await readModelFile(target)).graph.initializers.a).toBeDefined();
    expect(readdirSync(folder).filter((entry) => entry.endsWith('.tmp'))).toEqual([]);
    expect(existsSync(path.join(folder, 'no-such-folder'))).toBe(false);
  });
});
