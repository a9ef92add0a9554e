import { open } from 'node:fs/promises';
import { InputError, messageOf, type Tensor } from '../base/index.ts';
import { type Dim, type Graph, type Model, readModel } from '../onnx/index.ts';
import { type Device, openSession, openWorkerSession } from '../runtime/index.ts';
import { readMetadata } from './metadata.ts';
import type { Outputs } from './predictions.ts';
import type { ArtifactMetadata } from './schema.ts';

/** The limit of the format itself; a model of graftwork is a few megabytes. */
const MAX_BYTES = 2 ** 31 - 1;

const DAMAGED = { fix: 'Fit the model again, or fetch the file again' };

export interface LoadOptions {
  readonly device?: Device;
  /** Threads within one run; default 1. */
  readonly threads?: number;
  /** Run in a thread of its own (default), so that the caller's thread can answer meanwhile; false runs in the caller's. */
  readonly worker?: boolean;
}

/** A model file that has been read and checked, but not opened for running. */
export interface ArtifactFile {
  readonly bytes: Uint8Array;
  readonly model: Model;
  readonly metadata: ArtifactMetadata;
}

/** A model made by graftwork, ready to predict. */
export interface Artifact {
  readonly metadata: ArtifactMetadata;
  readonly model: Model;
  /**
   * @param images uint8 [N, height, width, 3], RGB, resized by the recorded policy (`metadata.view`)
   * @throws {InputError} for another shape.
   */
  predict(images: Tensor<'uint8'>, options?: { readonly signal?: AbortSignal }): Promise<Outputs>;
  release(): Promise<void>;
}

/**
 * Reads a model file and checks that it is what graftwork writes: metadata by the schema, inputs and outputs by name and type, standard
 * operators only, nothing outside the file.
 *
 * @throws {InputError} that says what is wrong with it.
 */
export async function readArtifact(path: string): Promise<ArtifactFile> {
  const bytes = await readLimited(path);
  const model = parse(bytes, path);
  const metadata = readMetadata(model.metadata, path);
  checkGraph(model.graph, metadata, path);
  return { bytes, model, metadata };
}

/**
 * Opens a model file for prediction.
 *
 * @example
 * const artifact = await loadArtifact('model.onnx');
 * const outputs = await artifact.predict({ dtype: 'uint8', dims: [1, 224, 224, 3], data: pixels });
 * toPredictions(['photo.jpg'], outputs, artifact.metadata, { top: 3 });
 * await artifact.release();
 *
 * @throws {InputError} as `readArtifact`, and where the runtime refuses the graph.
 */
export async function loadArtifact(path: string, options: LoadOptions = {}): Promise<Artifact> {
  const { bytes, model, metadata } = await readArtifact(path);
  const { worker = true, ...session } = options;
  const run = await opened(bytes, { ...session, title: path }, worker);
  const { width, height } = metadata.view;
  return {
    metadata,
    model,
    async predict(images, { signal } = {}) {
      const [count = 0, ...rest] = images.dims;
      if (rest.length !== 3 || rest[0] !== height || rest[1] !== width || rest[2] !== 3) {
        throw new InputError(
          `Cannot predict images [${images.dims.join(', ')}]: ${path} takes [N, ${height}, ${width}, 3]`,
        );
      }
      if (count === 0)
        return { probabilities: new Float32Array(), codes: new Float32Array(), novelty: new Float32Array() };
      const outputs = await run.run(images, signal);
      const floats = (name: string): Float32Array => {
        const data = outputs[name]?.data;
        if (data instanceof Float32Array) return data;
        throw new InputError(`Cannot use ${path}: its output '${name}' is not float32`, DAMAGED);
      };
      return { probabilities: floats('probabilities'), codes: floats('codes'), novelty: floats('novelty') };
    },
    release: () => run.release(),
  };
}

async function opened(
  bytes: Uint8Array,
  options: { readonly title: string; readonly device?: Device; readonly threads?: number },
  worker: boolean,
) {
  if (worker) {
    const session = await openWorkerSession(bytes, options);
    return {
      run: (image: Tensor<'uint8'>, signal?: AbortSignal) =>
        session.run({ image }, signal === undefined ? {} : { signal }),
      release: () => session.release(),
    };
  }
  const session = await openSession(bytes, options);
  return { run: (image: Tensor<'uint8'>) => session.run({ image }), release: () => session.release() };
}

function parse(bytes: Uint8Array, path: string): Model {
  try {
    return readModel(bytes);
  } catch (cause) {
    const reason = messageOf(cause).replace(/^Cannot read the model: /, '');
    throw new InputError(`Cannot read ${path}: ${reason}`, {
      fix: 'Name a model file that graft fit has written',
      cause,
    });
  }
}

async function readLimited(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw new InputError(`Cannot read ${path}: it is not a file`);
      if (stat.size > MAX_BYTES)
        throw new InputError(`Cannot read ${path}: it has ${stat.size} bytes, an ONNX file has at most ${MAX_BYTES}`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`Cannot read ${path}: ${messageOf(cause)}`, {
      fix: 'Name a model file that graft fit has written',
      cause,
    });
  }
}

function checkGraph(graph: Graph, metadata: ArtifactMetadata, path: string): void {
  const { width, height } = metadata.view;
  const channels = metadata.taps.reduce((total, tap) => total + tap.channels, 0);
  const expected: readonly (readonly [string, string, readonly (number | null)[]])[] = [
    ['image', 'uint8', [null, height, width, 3]],
    ['probabilities', 'float32', [null, metadata.labels.length]],
    ['codes', 'float32', [null, channels]],
    ['novelty', 'float32', [null]],
  ];
  const values = [...graph.inputs, ...graph.outputs];
  for (const [name, dtype, shape] of expected) {
    const value = values.find((candidate) => candidate.name === name);
    const fits = value?.dtype === dtype && value.shape !== undefined && sameShape(value.shape, shape);
    if (!fits) {
      const wanted = shape.map((dim) => dim ?? 'N').join(', ');
      throw new InputError(
        `Cannot use ${path}: it should have '${name}', ${dtype} [${wanted}], as its metadata says`,
        DAMAGED,
      );
    }
  }
  if (graph.inputs.length !== 1)
    throw new InputError(`Cannot use ${path}: it has ${graph.inputs.length} inputs, not 1`, DAMAGED);
  const foreign = graph.nodes.find((node) => node.domain !== '');
  if (foreign !== undefined) {
    throw new InputError(
      `Cannot use ${path}: node '${foreign.name}' is of the domain '${foreign.domain}', not of ONNX itself`,
      DAMAGED,
    );
  }
  const outside = Object.keys(graph.initializers).find((name) => graph.initializers[name]?.data.kind === 'external');
  if (outside !== undefined)
    throw new InputError(`Cannot use ${path}: its weights '${outside}' lie in another file`, DAMAGED);
}

function sameShape(shape: readonly Dim[], expected: readonly (number | null)[]): boolean {
  return shape.length === expected.length && expected.every((dim, axis) => dim === null || shape[axis] === dim);
}
