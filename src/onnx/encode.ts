import { create, fromBinary } from '@bufbuild/protobuf';
import { GraftError } from '../base/index.ts';
import { dtypeCode } from './dtypes.ts';
import type { Attribute, Dim, Graph, Initializer, Model, Node, ValueInfo } from './ir.ts';
import { restored } from './opaque.ts';
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  AttributeProto_AttributeType as Kind,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './proto/onnx_pb.ts';
import { bytesOf, isReadable } from './tensor.ts';

/** A model as a message, without its graph: the writer streams that. */
export function encodeModelHead(model: Model): ModelProto {
  const proto = restored(ModelProtoSchema, model.opaque);
  proto.irVersion = BigInt(model.irVersion);
  if (model.producerName !== '') proto.producerName = model.producerName;
  if (model.producerVersion !== '') proto.producerVersion = model.producerVersion;
  proto.opsetImport = Object.entries(model.opsets).map(([domain, version]) =>
    create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }),
  );
  proto.metadataProps = Object.entries(model.metadata).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  );
  return proto;
}

/** A graph as a message, without the initializers that the IR holds; `rests` are what else their messages carried. */
export function encodeGraphHead(graph: Graph): { proto: GraphProto; rests: ReadonlyMap<string, TensorProto> } {
  const proto = restored(GraphProtoSchema, graph.opaque);
  const rests = new Map<string, TensorProto>();
  // Leftovers of tensors that the IR holds have no type of their own.
  const whole: TensorProto[] = [];
  for (const tensor of proto.initializer) {
    if (tensor.dataType === 0) rests.set(tensor.name, tensor);
    else if (!Object.hasOwn(graph.initializers, tensor.name)) whole.push(tensor);
  }
  proto.initializer = whole;
  proto.name = graph.name;
  proto.input = graph.inputs.map(encodeValueInfo);
  proto.output = graph.outputs.map(encodeValueInfo);
  proto.node = graph.nodes.map(encodeNode);
  proto.valueInfo = Object.values(graph.valueInfo).map(encodeValueInfo);
  if (graph.doc !== undefined) proto.docString = graph.doc;
  return { proto, rests };
}

/** A tensor's message without its raw bytes, for the caller to add. Data in a file whose place is not known stays a reference. */
export function encodeTensorHead(name: string, initializer: Initializer, rest?: TensorProto): TensorProto {
  const { dtype, dims, data } = initializer;
  const proto = rest ?? create(TensorProtoSchema);
  proto.name = name;
  proto.dims = dims.map(BigInt);
  proto.dataType = dtypeCode(dtype);
  if (data.kind === 'strings') proto.stringData = data.strings.map((text) => new TextEncoder().encode(text));
  if (data.kind === 'external' && !isReadable(initializer)) {
    proto.dataLocation = TensorProto_DataLocation.EXTERNAL;
    const entries = { location: data.file, offset: String(data.offset), length: String(data.length) };
    proto.externalData = Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    );
  }
  return proto;
}

function encodeTensor(name: string, initializer: Initializer, rest: TensorProto | undefined): TensorProto {
  const proto = encodeTensorHead(name, initializer, rest);
  if (isReadable(initializer)) proto.rawData = bytesOf(initializer);
  return proto;
}

function encodeGraph(graph: Graph): GraphProto {
  const { proto, rests } = encodeGraphHead(graph);
  for (const [name, initializer] of Object.entries(graph.initializers)) {
    proto.initializer.push(encodeTensor(name, initializer, rests.get(name)));
  }
  return proto;
}

function encodeNode(node: Node): NodeProto {
  const proto = restored(NodeProtoSchema, node.opaque);
  const rests = new Map(proto.attribute.map((attribute) => [attribute.name, attribute]));
  proto.name = node.name;
  proto.opType = node.op;
  if (node.domain !== '') proto.domain = node.domain;
  proto.input = [...node.inputs];
  proto.output = [...node.outputs];
  proto.attribute = Object.entries(node.attributes).map(([name, attribute]) =>
    encodeAttribute(name, attribute, rests.get(name)),
  );
  if (node.doc !== undefined) proto.docString = node.doc;
  return proto;
}

function encodeAttribute(name: string, attribute: Attribute, rest: AttributeProto | undefined): AttributeProto {
  if (attribute.kind === 'opaque') {
    const whole = fromBinary(AttributeProtoSchema, attribute.value.protobuf);
    whole.name = name;
    return whole;
  }
  const proto = rest ?? create(AttributeProtoSchema);
  proto.name = name;
  const encoder = new TextEncoder();
  switch (attribute.kind) {
    case 'float':
      proto.type = Kind.FLOAT;
      proto.f = attribute.value;
      break;
    case 'int':
      proto.type = Kind.INT;
      proto.i = integer(attribute.value, name);
      break;
    case 'string':
      proto.type = Kind.STRING;
      proto.s = encoder.encode(attribute.value);
      break;
    case 'tensor':
      proto.type = Kind.TENSOR;
      proto.t = encodeTensor(proto.t?.name ?? '', attribute.value, proto.t);
      break;
    case 'graph':
      proto.type = Kind.GRAPH;
      proto.g = encodeGraph(attribute.value);
      break;
    case 'floats':
      proto.type = Kind.FLOATS;
      proto.floats = [...attribute.value];
      break;
    case 'ints':
      proto.type = Kind.INTS;
      proto.ints = attribute.value.map((value) => integer(value, name));
      break;
    case 'strings':
      proto.type = Kind.STRINGS;
      proto.strings = attribute.value.map((text) => encoder.encode(text));
      break;
    case 'graphs':
      proto.type = Kind.GRAPHS;
      proto.graphs = attribute.value.map(encodeGraph);
      break;
  }
  return proto;
}

function integer(value: number, attribute: string): bigint {
  if (!Number.isSafeInteger(value))
    throw new GraftError(`Cannot write attribute '${attribute}': ${value} is not an integer`);
  return BigInt(value);
}

function encodeValueInfo(info: ValueInfo): ValueInfoProto {
  const proto = restored(ValueInfoProtoSchema, info.opaque);
  proto.name = info.name;
  if (info.dtype === undefined) return proto;
  const type = proto.type ?? create(TypeProtoSchema);
  const tensor = type.value.case === 'tensorType' ? type.value.value : create(TypeProto_TensorSchema);
  tensor.elemType = dtypeCode(info.dtype);
  if (info.shape === undefined) delete tensor.shape;
  else {
    const shape = tensor.shape ?? create(TensorShapeProtoSchema);
    const known = shape.dim;
    shape.dim = info.shape.map((dim, axis) => {
      const message = known[axis] ?? create(TensorShapeProto_DimensionSchema);
      message.value = encodeDim(dim);
      return message;
    });
    tensor.shape = shape;
  }
  type.value = { case: 'tensorType', value: tensor };
  proto.type = type;
  return proto;
}

function encodeDim(dim: Dim) {
  if (typeof dim === 'number') return { case: 'dimValue', value: BigInt(dim) } as const;
  return dim === null ? ({ case: undefined } as const) : ({ case: 'dimParam', value: dim } as const);
}
