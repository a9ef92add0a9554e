import { open } from 'node:fs/promises';
import path from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { GraftError, InputError, messageOf } from '../base/index.ts';
import { decodeModel } from './decode.ts';
import type { Model } from './ir.ts';
import { MAX_MESSAGE_DEPTH, MAX_MODEL_BYTES } from './limits.ts';
import { ModelProtoSchema } from './proto/onnx_pb.ts';
import { checkMessages } from './wire.ts';

export interface ReadOptions {
  /** Where the model lies: external data is looked for here, and nowhere else. Without it, such tensors cannot be read. */
  readonly directory?: string;
}

/**
 * Reads an ONNX model. Weights are views into `bytes`, which must not change afterwards. What graftwork does not
 * interpret (functions, training info, exotic types, unknown fields and operators) is kept for writing. Initializers are
 * never inputs: where a file lists one as both, the initializer wins. Nodes without a name get one; nodes out of order
 * are put in order.
 *
 * Errors: InputError for anything that is not a well-formed model within the limits of `limits.ts`.
 *
 * @example
 * const model = readModel(readFileSync('model.onnx'));
 * model.graph.inputs.map(({ name }) => name);
 */
export function readModel(bytes: Uint8Array, options: ReadOptions = {}): Model {
  if (bytes.byteLength > MAX_MODEL_BYTES) {
    throw new InputError(`Cannot read the model: ${bytes.byteLength} bytes are more than protobuf's limit of 2 GiB`, {
      fix: 'Save the weights as external data',
    });
  }
  try {
    checkMessages(bytes);
    // Views of a Buffer would be Buffers, whose slice() shares memory where a Uint8Array's copies.
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const proto = fromBinary(ModelProtoSchema, plain, { recursionLimit: MAX_MESSAGE_DEPTH });
    return decodeModel(proto, options.directory);
  } catch (error) {
    if (error instanceof GraftError) throw error;
    throw new InputError(`Cannot read the model: it is not an ONNX file (${messageOf(error)})`, {
      fix: 'Check that the file is complete and is ONNX',
      cause: error,
    });
  }
}

/**
 * Reads an ONNX model from a file, and its external data, when asked for, from the file's folder.
 * Errors: as readModel, with the path in front.
 */
export async function readModelFile(file: string): Promise<Model> {
  try {
    return readModel(await readBytes(file), { directory: path.dirname(path.resolve(file)) });
  } catch (error) {
    const fix = error instanceof GraftError && error.fix !== undefined ? { fix: error.fix } : {};
    throw new InputError(`${file}: ${messageOf(error)}`, { ...fix, cause: error });
  }
}

async function readBytes(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    if (size > MAX_MODEL_BYTES) {
      throw new InputError(`Cannot read the model: ${size} bytes are more than protobuf's limit of 2 GiB`, {
        fix: 'Save the weights as external data',
      });
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
