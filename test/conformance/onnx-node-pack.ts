import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fromBinary } from '@bufbuild/protobuf';
import type { Tensor } from '../../src/base/index.ts';
import { decodeTensor } from '../../src/onnx/decode-tensor.ts';
import { tensorOf } from '../../src/onnx/index.ts';
import { TensorProtoSchema } from '../../src/onnx/proto/onnx_pb.ts';

/** One official node test: a model of one operator, and what it makes of given inputs. */
export interface NodeCase {
  readonly name: string;
  /** The ONNX release the test was taken from. */
  readonly release: string;
  readonly model: Uint8Array;
  /** Undefined for element types graftwork does not compute with. */
  readonly inputs: readonly (Tensor | undefined)[];
  readonly outputs: readonly (Tensor | undefined)[];
}

interface Index {
  readonly blobs: readonly number[];
  readonly cases: readonly {
    readonly name: string;
    readonly release: string;
    readonly model: number;
    readonly inputs: readonly number[];
    readonly outputs: readonly number[];
  }[];
}

/** Reads the pack that tools/record-onnx-node-tests.py wrote. */
export function readNodeCases(): readonly NodeCase[] {
  const pack = gunzipSync(readFileSync(new URL('../fixtures/onnx-node-tests.bin.gz', import.meta.url)));
  const indexLength = pack.readUInt32LE(0);
  const index: Index = JSON.parse(pack.toString('utf8', 4, 4 + indexLength));
  let offset = 4 + indexLength;
  const blobs = index.blobs.map((length) => {
    offset += length;
    return new Uint8Array(pack.buffer, pack.byteOffset + offset - length, length);
  });
  const tensor = (blob: number) => {
    const initializer = decodeTensor(fromBinary(TensorProtoSchema, blobs[blob]!), undefined);
    return initializer && tensorOf(initializer);
  };
  return index.cases.map(({ name, release, model, inputs, outputs }) => ({
    name,
    release,
    model: blobs[model]!,
    inputs: inputs.map(tensor),
    outputs: outputs.map(tensor),
  }));
}
