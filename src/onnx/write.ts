import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { GraftError } from '../base/index.ts';
import { encodeGraphHead, encodeModelHead, encodeTensorHead } from './encode.ts';
import type { Initializer, Model } from './ir.ts';
import { EXTERNAL_ALIGNMENT, MAX_MODEL_BYTES, MIN_EXTERNAL_BYTES } from './limits.ts';
import { GraphProtoSchema, ModelProtoSchema, TensorProtoSchema } from './proto/onnx_pb.ts';
import { bytesOf, isReadable, sizeInBytes } from './tensor.ts';

/**
 * Writes a model as the bytes of an ONNX file. External tensors are read and put in, save those whose folder is not
 * known: they stay references. The same model gives the same bytes.
 *
 * Errors: the file would pass protobuf's limit of 2 GiB.
 *
 * @example
 * writeFileSync('copy.onnx', writeModel(readModel(readFileSync('model.onnx'))));
 */
export function writeModel(model: Model): Uint8Array {
  const parts = [...serialise(model)];
  return concatenate(parts.map((part) => part()));
}

export interface WriteOptions {
  /**
   * Tensors of at least this many bytes go to a file beside the model, `NAME.data`, instead of into it. Without it, they
   * do so only where the model would otherwise pass 2 GiB.
   */
  readonly externalDataAbove?: number;
}

/**
 * Writes a model to a file: completely or not at all (the file is renamed into place), weights without a copy in memory.
 */
export async function writeModelFile(model: Model, file: string, options: WriteOptions = {}): Promise<void> {
  const above =
    options.externalDataAbove ?? (bytesInTensors(model) > MAX_MODEL_BYTES - 2 ** 24 ? MIN_EXTERNAL_BYTES : undefined);
  if (above === undefined) return replaceFile(file, (handle) => writeParts(handle, serialise(model)));
  const dataFile = `${file}.data`;
  const { slim, large } = moveOut(model, path.basename(dataFile), above);
  await replaceFile(dataFile, async (handle) => {
    for (const { initializer, offset } of large) await writeAt(handle, bytesOf(initializer), offset);
  });
  return replaceFile(file, (handle) => writeParts(handle, serialise(slim)));
}

/** A piece of the file, made when it is written, so that external weights are in memory one at a time. */
type Part = () => Uint8Array;

/**
 * Protobuf lets a message be written as a row of pieces: the head of the graph, then its initializers, each as a small
 * head and its raw bytes. Nothing large is copied.
 */
function* serialise(model: Model): Generator<Part> {
  const { proto, rests } = encodeGraphHead(model.graph);
  if (model.irVersion < 4) listInitializersAsInputs(model, proto);
  const graphHead = toBinary(GraphProtoSchema, proto);
  const parts: Part[] = [];
  let graphBytes = graphHead.byteLength;
  for (const [name, initializer] of Object.entries(model.graph.initializers)) {
    const head = toBinary(TensorProtoSchema, encodeTensorHead(name, initializer, rests.get(name)));
    const rawBytes = isReadable(initializer) ? sizeInBytes(initializer) : 0;
    const rawTag = rawBytes > 0 ? tag(TensorProtoSchema.field.rawData.number, rawBytes) : new Uint8Array();
    const tensorBytes = head.byteLength + rawTag.byteLength + rawBytes;
    const tensorTag = tag(GraphProtoSchema.field.initializer.number, tensorBytes);
    const start = concatenate([tensorTag, head, rawTag]);
    graphBytes += start.byteLength + rawBytes;
    parts.push(() => start);
    if (rawBytes > 0) parts.push(() => bytesOf(initializer));
  }
  const head = toBinary(ModelProtoSchema, encodeModelHead(model));
  if (head.byteLength + graphBytes + 16 > MAX_MODEL_BYTES) {
    throw new GraftError(`Cannot write the model: ${graphBytes} bytes are more than protobuf's limit of 2 GiB`, {
      fix: 'Write it with external data: writeModelFile(model, path, { externalDataAbove: 1024 })',
    });
  }
  yield () => concatenate([head, tag(ModelProtoSchema.field.graph.number, graphBytes), graphHead]);
  yield* parts;
}

/** Before IR version 4 every initializer has to be a graph input as well. */
function listInitializersAsInputs(model: Model, proto: ReturnType<typeof encodeGraphHead>['proto']): void {
  const inputs = Object.entries(model.graph.initializers).map(([name, { dtype, dims }]) => ({
    name,
    dtype,
    shape: dims,
  }));
  const listed = encodeGraphHead({ ...model.graph, inputs: [...model.graph.inputs, ...inputs] });
  proto.input = listed.proto.input;
}

function tag(field: number, length: number): Uint8Array {
  return new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(length).finish();
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

function bytesInTensors(model: Model): number {
  return Object.values(model.graph.initializers).reduce((sum, tensor) => sum + sizeInBytes(tensor), 0);
}

/** The model with large tensors pointing into `dataFile`, and what to write there. */
function moveOut(model: Model, dataFile: string, above: number) {
  const large: { initializer: Initializer; offset: number }[] = [];
  const initializers: Record<string, Initializer> = Object.create(null);
  let end = 0;
  for (const [name, initializer] of Object.entries(model.graph.initializers)) {
    const length = sizeInBytes(initializer);
    if (!isReadable(initializer) || length < Math.max(above, 1)) initializers[name] = initializer;
    else {
      const offset = Math.ceil(end / EXTERNAL_ALIGNMENT) * EXTERNAL_ALIGNMENT;
      large.push({ initializer, offset });
      initializers[name] = { ...initializer, data: { kind: 'external', file: dataFile, offset, length } };
      end = offset + length;
    }
  }
  return { slim: { ...model, graph: { ...model.graph, initializers } }, large };
}

async function writeParts(handle: FileHandle, parts: Iterable<Part>): Promise<void> {
  let offset = 0;
  for (const part of parts) {
    const bytes = part();
    await writeAt(handle, bytes, offset);
    offset += bytes.byteLength;
  }
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    // One write call moves at most 2 GiB.
    const length = Math.min(bytes.byteLength - done, 2 ** 30);
    const { bytesWritten } = await handle.write(bytes, done, length, offset + done);
    done += bytesWritten;
  }
}

async function replaceFile(file: string, fill: (handle: FileHandle) => Promise<void>): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await fill(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
