import { clearField, type DescMessage, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { InputError } from '../base/index.ts';
import { dtypeOfCode } from './dtypes.ts';
import type { Dim, ValueInfo } from './ir.ts';
import { MAX_RANK } from './limits.ts';
import { leftover } from './opaque.ts';
import {
  type TensorShapeProto,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './proto/onnx_pb.ts';
import { isSafe } from './safe-integer.ts';

/** The stated type of a tensor. The message is consumed. Errors: more dimensions than MAX_RANK. */
export function decodeValueInfo(proto: ValueInfoProto): ValueInfo {
  const { name, type } = proto;
  const tensor = type?.value.case === 'tensorType' ? type.value.value : undefined;
  const dtype = tensor && dtypeOfCode(tensor.elemType);
  // A type the IR does not express stays whole, in the leftover.
  if (type === undefined || tensor === undefined || dtype === undefined) {
    return { name, ...leftover(ValueInfoProtoSchema, proto, ['name']) };
  }
  const shape = tensor.shape && decodeShape(tensor.shape, name);
  // Only what the IR does not hold stays: denotations, unknown fields.
  clearField(tensor, TypeProto_TensorSchema.field.elemType);
  for (const dim of tensor.shape?.dim ?? []) dim.value = { case: undefined };
  if (tensor.shape?.dim.every((dim) => isEmpty(TensorShapeProto_DimensionSchema, dim))) tensor.shape.dim = [];
  if (tensor.shape !== undefined && isEmpty(TensorShapeProtoSchema, tensor.shape)) delete tensor.shape;
  if (isEmpty(TypeProto_TensorSchema, tensor)) type.value = { case: undefined };
  if (isEmpty(TypeProtoSchema, type)) delete proto.type;
  return {
    name,
    dtype,
    ...(shape === undefined ? {} : { shape }),
    ...leftover(ValueInfoProtoSchema, proto, ['name']),
  };
}

function decodeShape(shape: TensorShapeProto, name: string): Dim[] {
  if (shape.dim.length > MAX_RANK) {
    throw new InputError(`Cannot read the type of '${name}': it has ${shape.dim.length} dimensions`);
  }
  return shape.dim.map(({ value }) => {
    if (value.case === 'dimValue') return value.value >= 0n && isSafe(value.value) ? Number(value.value) : null;
    return value.case === 'dimParam' && value.value !== '' ? value.value : null;
  });
}

function isEmpty<D extends DescMessage>(schema: D, message: MessageShape<D>): boolean {
  return toBinary(schema, message).length === 0;
}
