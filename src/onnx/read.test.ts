import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { float32, InputError, int64 } from '../base/index.ts';
import { GraphBuilder } from './builder.ts';
import { MAX_GRAPH_DEPTH, MAX_MESSAGES } from './limits.ts';
import { type GraphProto, GraphProtoSchema, ModelProtoSchema, TensorProtoSchema } from './proto/onnx_pb.ts';
import { readModel, readModelFile } from './read.ts';
import { tensorOf } from './tensor.ts';
import { writeModel } from './write.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'onnx-read-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A model with one initializer, made from the fields of its message. */
function withTensor(fields: object): Uint8Array {
  const tensor = create(TensorProtoSchema, { name: 'w', ...fields });
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ domain: '', version: 17n }],
      graph: { initializer: [tensor] },
    }),
  );
}

const weightOf = (fields: object) => tensorOf(readModel(withTensor(fields)).graph.initializers.w!);

function small(): Uint8Array {
  const b = new GraphBuilder({ name: 'small' });
  const x = b.input('x', 'float32', ['N', 3]);
  const y = b.node('MatMul', [x, b.constant(float32([3, 2], [1, 2, 3, 4, 5, 6]), 'weight')]);
  const shape = b.constant(int64([2], [-1, 1]), 'shape');
  b.output(b.node('Reshape', [b.node('LeakyRelu', [y], { alpha: 0.1 }), shape], {}, { outputs: ['y'] }), 'float32', [
    null,
    1,
  ]);
  return writeModel(b.build());
}

describe('readModel', () => {
  it('gives weights as views into the file', () => {
    const bytes = readFileSync(new URL('../../models/squeezenet1.1.onnx', import.meta.url));
    const model = readModel(bytes);
    for (const { data } of Object.values(model.graph.initializers)) {
      if (data.kind === 'bytes') expect(data.bytes.buffer).toBe(bytes.buffer);
    }
    expect(Object.keys(model.graph.initializers).length).toBeGreaterThan(40);
  });

  it('decodes typed fields', () => {
    expect(weightOf({ dims: [2n], dataType: 1, floatData: [1.5, -2] })).toEqual(float32([2], [1.5, -2]));
    expect(weightOf({ dims: [1n], dataType: 10, int32Data: [0x3c00] }).data).toEqual(Uint16Array.of(0x3c00));
    expect(weightOf({ dims: [2n], dataType: 3, int32Data: [-1, 127] }).data).toEqual(Int8Array.of(-1, 127));
    expect(weightOf({ dims: [2n], dataType: 7, int64Data: [1n, -(2n ** 63n)] }).data).toEqual(
      BigInt64Array.of(1n, -(2n ** 63n)),
    );
    expect(weightOf({ dims: [1n], dataType: 12, uint64Data: [4294967295n] }).data).toEqual(Uint32Array.of(4294967295));
    expect(weightOf({ dims: [1n], dataType: 11, doubleData: [Math.PI] }).data).toEqual(Float64Array.of(Math.PI));
    expect(weightOf({ dims: [1n], dataType: 8, stringData: [new TextEncoder().encode('ä')] }).data).toEqual(['ä']);
    expect(weightOf({ dims: [0n, 4n], dataType: 1 }).data).toEqual(new Float32Array());
  });

  it.each([
    ['too few bytes', { dims: [3n], dataType: 1, rawData: new Uint8Array(8) }, /needs 12 bytes .* has 8/],
    ['a negative dimension', { dims: [-1n], dataType: 1 }, /its shape is \[-1\]/],
    ['a shape beyond memory', { dims: [2n ** 40n, 2n ** 40n], dataType: 1 }, /its shape is/],
    ['a rank without bounds', { dims: Array(65).fill(1n), dataType: 1 }, /65 dimensions/],
    ['strings that are missing', { dims: [2n], dataType: 8 }, /0 strings for 2/],
  ])('refuses %s', (_, fields, message) => {
    expect(() => readModel(withTensor(fields))).toThrow(message);
    expect(() => readModel(withTensor(fields))).toThrow(InputError);
  });

  it('lets initializers win over inputs, as files before IR 4 list them', () => {
    const proto = fromBinary(ModelProtoSchema, withTensor({ dims: [1n], dataType: 1, floatData: [1] }));
    proto.irVersion = 3n;
    proto.graph!.input = create(GraphProtoSchema, { input: [{ name: 'x' }, { name: 'w' }] }).input;
    const model = readModel(toBinary(ModelProtoSchema, proto));
    expect(model.graph.inputs.map(({ name }) => name)).toEqual(['x']);
    const again = fromBinary(ModelProtoSchema, writeModel(model));
    expect(again.graph?.input.map(({ name }) => name)).toEqual(['x', 'w']);
  });

  it('names nodes and puts them in order', () => {
    const proto = fromBinary(ModelProtoSchema, withTensor({ dims: [1n], dataType: 1, floatData: [1] }));
    const graph = create(GraphProtoSchema, {
      node: [
        { opType: 'Relu', input: ['a'], output: ['b'] },
        { opType: 'Exp', input: ['w'], output: ['a'], name: 'Relu_0' },
        { opType: 'Neg', input: ['b'], output: ['c'], name: 'Relu_0' },
      ],
    });
    proto.graph!.node = graph.node;
    const { nodes } = readModel(toBinary(ModelProtoSchema, proto)).graph;
    expect(nodes.map(({ op, name }) => `${name}:${op}`)).toEqual(['Relu_0:Exp', 'Relu_0_2:Relu', 'Relu_0_3:Neg']);
  });

  it('refuses cycles, two makers of one tensor, and nesting without end', () => {
    const cyclic = (node: object[]) => toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph: { node } }));
    expect(() => readModel(cyclic([{ opType: 'Relu', input: ['a'], output: ['a'] }]))).toThrow(
      /depends on its own output/,
    );
    const twice = [1, 2].map(() => ({ opType: 'Relu', input: ['x'], output: ['a'] }));
    expect(() => readModel(cyclic(twice))).toThrow(/both make 'a'/);
    let graph: GraphProto = create(GraphProtoSchema);
    for (let depth = 0; depth <= MAX_GRAPH_DEPTH; depth++) {
      graph = create(GraphProtoSchema, {
        node: [{ opType: 'If', attribute: [{ name: 'then_branch', type: 5, g: graph }] }],
      });
    }
    expect(() => readModel(toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph })))).toThrow(/nested/);
  });

  it('refuses a file that asks for more objects than a model has', () => {
    const empty = new BinaryWriter();
    for (let i = 0; i <= MAX_MESSAGES; i++) empty.tag(1, WireType.LengthDelimited).uint32(0);
    const graph = empty.finish();
    const file = new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(graph).finish();
    expect(() => readModel(file)).toThrow(`more than ${MAX_MESSAGES} nodes`);
  });

  it('answers random bytes with an InputError', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), onlyInputErrors), { numRuns: 2000 });
  });

  it('answers truncated and damaged models with a model or an InputError', () => {
    const valid = small();
    for (let length = 0; length < valid.length; length++) onlyInputErrors(valid.subarray(0, length));
    const flips = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(flips, (changes) => {
        const damaged = valid.slice();
        for (const [at, bits] of changes) damaged[at]! ^= bits;
        onlyInputErrors(damaged);
      }),
      { numRuns: 3000 },
    );
  });
});

function onlyInputErrors(bytes: Uint8Array): void {
  try {
    const model = readModel(bytes, { directory: folder });
    writeModel(model);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
}

describe('external data', () => {
  const entries = (location: string, offset = '0', length = '8') =>
    [
      ['location', location],
      ['offset', offset],
      ['length', length],
    ].map(([key, value]) => ({ key, value }));
  const external = (location: string, offset?: string, length?: string) =>
    withTensor({ dims: [2n], dataType: 1, dataLocation: 1, externalData: entries(location, offset, length) });
  const inside = path.join(folder, 'model');

  it('is read from the folder of the model when asked for', async () => {
    writeFileSync(path.join(folder, 'w.bin'), new Uint8Array(Float32Array.of(0, 3, 4).buffer));
    writeFileSync(`${inside}.onnx`, external('w.bin', '4'));
    const model = await readModelFile(`${inside}.onnx`);
    expect(tensorOf(model.graph.initializers.w!)).toEqual(float32([2], [3, 4]));
    // A model written as bytes has everything inside.
    expect(tensorOf(readModel(writeModel(model)).graph.initializers.w!)).toEqual(float32([2], [3, 4]));
  });

  it('is put into tensors of attributes too', () => {
    writeFileSync(path.join(folder, 'v.bin'), new Uint8Array(Float32Array.of(5, 6).buffer));
    const proto = fromBinary(ModelProtoSchema, external('v.bin'));
    const t = proto.graph!.initializer[0]!;
    const attribute = [{ name: 'value', type: 4 as const, t }];
    const graph = create(GraphProtoSchema, {
      node: [{ opType: 'Constant', output: ['c'], attribute }],
    });
    const model = readModel(toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph })), { directory: folder });
    const value = readModel(writeModel(model)).graph.nodes[0]?.attributes.value;
    expect(value?.kind === 'tensor' && tensorOf(value.value)).toEqual(float32([2], [5, 6]));
  });

  it.each([
    '../w.bin',
    '/etc/hostname',
    'a/../../w.bin',
    '..\\w.bin',
    'C:\\w.bin',
    'c:w.bin',
    '\\\\host\\w',
    '',
    'w\0.bin',
    '..',
  ])('never leaves the folder of the model: %j', (location) => {
    expect(() => readModel(external(location), { directory: folder })).toThrow(/outside the model's folder/);
    expect(() => readModel(external(location))).toThrow(/outside the model's folder/);
  });

  it('follows no link out of the folder', () => {
    symlinkSync('/etc', path.join(folder, 'out'));
    expect(() => readModel(external('out/hostname'), { directory: folder })).toThrow(/links to a place outside/);
  });

  it('checks offset, length and file', () => {
    writeFileSync(path.join(folder, 'w.bin'), new Uint8Array(12));
    const read =
      (...parts: [string, string?, string?]) =>
      () =>
        readModel(external(...parts), { directory: folder });
    expect(read('w.bin', '8')).toThrow(/bytes 8 to 16 .* has 12/);
    expect(read('w.bin', '-4')).toThrow(/offset .* is '-4'/);
    expect(read('w.bin', '0', '12')).toThrow(/needs 8 bytes .* has 12/);
    expect(read('w.bin', '9007199254740993')).toThrow(/offset/);
    expect(read('missing.bin')).toThrow(/is not there/);
    expect(read('.')).toThrow(/outside/);
  });

  it('cannot be read where the folder is not known, and stays a reference', () => {
    const model = readModel(external('w.bin'));
    expect(() => tensorOf(model.graph.initializers.w!)).toThrow(/folder is not known/);
    expect(readModel(writeModel(model))).toEqual(model);
  });
});

describe('readModelFile', () => {
  it('puts the path in front of what is wrong', async () => {
    const file = path.join(folder, 'broken.onnx');
    writeFileSync(file, 'not a model');
    await expect(readModelFile(file)).rejects.toThrow(/broken\.onnx: Cannot read the model/);
    await expect(readModelFile(path.join(folder, 'none.onnx'))).rejects.toThrow(/none\.onnx/);
  });
});
