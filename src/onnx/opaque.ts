import { clearField, create, type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import type { Opaque } from './ir.ts';
import { MAX_MESSAGE_DEPTH } from './limits.ts';

/**
 * What is left of a message once the fields that the IR expresses are taken away; undefined when nothing is. The message
 * is consumed. Writing starts from this message and sets the IR's fields again, so that whatever graftwork does not know
 * survives.
 */
export function leftover<D extends DescMessage>(
  schema: D,
  message: MessageShape<D>,
  known: readonly (keyof D['field'] & string)[],
): { opaque?: Opaque } {
  const fields: DescMessage['field'] = schema.field;
  for (const name of known) {
    const field = fields[name];
    if (field !== undefined) clearField(message, field);
  }
  const protobuf = toBinary(schema, message);
  return protobuf.length > 0 ? { opaque: { protobuf } } : {};
}

/** The message that writing starts from: what was left over when it was read, or an empty one. */
export function restored<D extends DescMessage>(schema: D, opaque: Opaque | undefined): MessageShape<D> {
  if (opaque === undefined) return create(schema);
  return fromBinary(schema, opaque.protobuf, { recursionLimit: MAX_MESSAGE_DEPTH });
}
