import { type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { InputError } from '../base/index.ts';
import { MAX_MESSAGE_DEPTH, MAX_MESSAGES } from './limits.ts';
import { ModelProtoSchema } from './proto/onnx_pb.ts';

/** How a field's bytes count: as a message to look into, or as so many messages for each byte. */
type Cost = { readonly message: Fields } | { readonly perByte: number };

type Fields = Map<number, Cost>;

/**
 * Walks a model's wire format and fails where it holds more than MAX_MESSAGES messages or is cut short, before anything is
 * allocated for them. Weights are stepped over, so this costs microseconds.
 */
export function checkMessages(bytes: Uint8Array): void {
  countMessages(bytes, fieldsOf(ModelProtoSchema, new Map()), { count: 0 }, 0);
}

function countMessages(bytes: Uint8Array, fields: Fields, total: { count: number }, depth: number): void {
  if (depth > MAX_MESSAGE_DEPTH) throw new InputError(`messages are nested more than ${MAX_MESSAGE_DEPTH} deep`);
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const cost = wireType === WireType.LengthDelimited ? fields.get(number) : undefined;
    if (wireType === WireType.LengthDelimited) {
      const length = reader.uint32();
      const body = reader.pos;
      if (length > reader.len - body)
        throw new InputError('Cannot read the model: the file is cut short', { fix: 'Fetch it again' });
      reader.pos = body + length;
      if (cost !== undefined && 'message' in cost) {
        total.count++;
        countMessages(bytes.subarray(body, body + length), cost.message, total, depth + 1);
      } else total.count += (cost?.perByte ?? 0) * length;
    } else reader.skip(wireType, number, MAX_MESSAGE_DEPTH);
    if (total.count > MAX_MESSAGES) {
      throw new InputError(`Cannot read the model: it holds more than ${MAX_MESSAGES} nodes, tensors and other parts`);
    }
  }
}

function fieldsOf(schema: DescMessage, seen: Map<string, Fields>): Fields {
  const known = seen.get(schema.typeName);
  if (known !== undefined) return known;
  const fields: Fields = new Map();
  seen.set(schema.typeName, fields);
  for (const field of schema.fields) {
    if (field.message !== undefined) fields.set(field.number, { message: fieldsOf(field.message, seen) });
    else if (field.fieldKind === 'list' && field.listKind === 'scalar') {
      fields.set(field.number, { perByte: PACKED[field.scalar] ?? 0 });
    }
  }
  return fields;
}

/** A packed 64-bit integer becomes a bigint from one byte: about a sixteenth of a message. Other values cost little. */
const PACKED: Readonly<Partial<Record<ScalarType, number>>> = {
  [ScalarType.INT64]: 1 / 16,
  [ScalarType.UINT64]: 1 / 16,
};
