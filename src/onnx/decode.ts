import { isFieldSet, toBinary } from '@bufbuild/protobuf';
import { InputError } from '../base/index.ts';
import { decodeStrings, decodeTensor } from './decode-tensor.ts';
import { decodeValueInfo } from './decode-value-info.ts';
import type { Attribute, Graph, Initializer, Model, Node } from './ir.ts';
import { MAX_GRAPH_DEPTH } from './limits.ts';
import { leftover } from './opaque.ts';
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
  type TensorProto,
  TensorProtoSchema,
} from './proto/onnx_pb.ts';
import { recordOf } from './records.ts';
import { isSafe } from './safe-integer.ts';
import { sortedNodes } from './topology.ts';

interface Context {
  readonly directory: string | undefined;
  readonly depth: number;
}

/** A model message as the frozen IR. The message is consumed. */
export function decodeModel(proto: ModelProto, directory: string | undefined): Model {
  if (proto.graph === undefined) {
    throw new InputError('Cannot read the model: it has no graph', { fix: 'Check that the file is an ONNX model' });
  }
  const opsets: [string, number][] = proto.opsetImport.map(({ domain, version }) => [
    plainDomain(domain),
    Number(version),
  ]);
  return {
    irVersion: Number(proto.irVersion),
    // Models before IR 3 import nothing and mean the first operator set.
    opsets: recordOf(opsets.length > 0 ? opsets : [['', 1]]),
    producerName: proto.producerName,
    producerVersion: proto.producerVersion,
    metadata: recordOf(proto.metadataProps.map(({ key, value }) => [key, value])),
    graph: decodeGraph(proto.graph, { directory, depth: 0 }),
    ...leftover(ModelProtoSchema, proto, [
      'irVersion',
      'opsetImport',
      'producerName',
      'producerVersion',
      'metadataProps',
      'graph',
    ]),
  };
}

function decodeGraph(proto: GraphProto, context: Context): Graph {
  if (context.depth > MAX_GRAPH_DEPTH) {
    throw new InputError(`Cannot read graph '${proto.name}': graphs are nested more than ${MAX_GRAPH_DEPTH} deep`);
  }
  const initializers: [string, Initializer][] = [];
  const whole: TensorProto[] = [];
  const rests: TensorProto[] = [];
  const names = new Set<string>();
  for (const tensor of proto.initializer) {
    if (names.has(tensor.name)) {
      throw new InputError(`Cannot read graph '${proto.name}': it has two initializers named '${tensor.name}'`);
    }
    names.add(tensor.name);
    const initializer = decodeTensor(tensor, context.directory);
    if (initializer === undefined) whole.push(tensor);
    else {
      initializers.push([tensor.name, initializer]);
      const rest = leftoverTensor(tensor);
      if (rest !== undefined) rests.push(rest);
    }
  }
  const doc = proto.docString;
  const nodes = decodeNodes(proto.node, context);
  const graph = {
    name: proto.name,
    inputs: proto.input.filter(({ name }) => !names.has(name)).map(decodeValueInfo),
    outputs: proto.output.map(decodeValueInfo),
    nodes: sortedNodes(nodes, `graph '${proto.name}'`),
    initializers: recordOf(initializers),
    valueInfo: recordOf(proto.valueInfo.map((info) => [info.name, decodeValueInfo(info)])),
    ...(doc === '' ? {} : { doc }),
  };
  proto.initializer = [...whole, ...rests];
  return {
    ...graph,
    ...leftover(GraphProtoSchema, proto, ['name', 'input', 'output', 'node', 'valueInfo', 'docString']),
  };
}

/** What the IR does not hold of a tensor it holds (doc string, metadata, unknown fields), under the tensor's name. */
function leftoverTensor(tensor: TensorProto): TensorProto | undefined {
  const { name } = tensor;
  const rest = leftover(TensorProtoSchema, tensor, [
    'name',
    'dims',
    'dataType',
    'rawData',
    'floatData',
    'int32Data',
    'int64Data',
    'doubleData',
    'uint64Data',
    'stringData',
    'externalData',
    'dataLocation',
  ]);
  if (rest.opaque === undefined) return undefined;
  tensor.name = name;
  return tensor;
}

function decodeNodes(protos: readonly NodeProto[], context: Context): Node[] {
  const taken = new Set<string>();
  for (const { name } of protos) taken.add(name);
  taken.delete('');
  const used = new Set<string>();
  return protos.map((proto, index) => {
    let name = proto.name;
    if (name === '' || used.has(name)) {
      const stem = name === '' ? `${proto.opType}_${index}` : name;
      name = stem;
      for (let count = 2; taken.has(name) || used.has(name); count++) name = `${stem}_${count}`;
    }
    used.add(name);
    return decodeNode(proto, name, context);
  });
}

function decodeNode(proto: NodeProto, name: string, context: Context): Node {
  const attributes: [string, Attribute][] = [];
  const kept: AttributeProto[] = [];
  const names = new Set<string>();
  for (const attribute of proto.attribute) {
    if (names.has(attribute.name)) {
      throw new InputError(`Cannot read node '${name}' (${proto.opType}): it has two attributes '${attribute.name}'`);
    }
    names.add(attribute.name);
    const value = readAttribute(attribute, context) ?? {
      kind: 'opaque',
      value: { protobuf: toBinary(AttributeProtoSchema, attribute) },
    };
    attributes.push([attribute.name, value]);
    const rest = leftoverAttribute(attribute, value);
    if (rest !== undefined) kept.push(rest);
  }
  const doc = proto.docString;
  proto.attribute = kept;
  return {
    name,
    op: proto.opType,
    domain: plainDomain(proto.domain),
    inputs: proto.input,
    outputs: proto.output,
    attributes: recordOf(attributes),
    ...(doc === '' ? {} : { doc }),
    ...leftover(NodeProtoSchema, proto, ['name', 'opType', 'domain', 'input', 'output', 'docString']),
  };
}

/** Undefined for what the IR does not express. */
function readAttribute(proto: AttributeProto, context: Context): Attribute | undefined {
  if (proto.refAttrName !== '') return undefined;
  switch (kindOf(proto)) {
    case Kind.FLOAT:
      return { kind: 'float', value: proto.f };
    case Kind.INT:
      return isSafe(proto.i) ? { kind: 'int', value: Number(proto.i) } : undefined;
    case Kind.STRING: {
      const strings = decodeStrings([proto.s]);
      return strings && { kind: 'string', value: strings[0] ?? '' };
    }
    case Kind.TENSOR: {
      const value = proto.t && decodeTensor(proto.t, context.directory);
      return value && { kind: 'tensor', value };
    }
    case Kind.GRAPH:
      return proto.g && { kind: 'graph', value: decodeGraph(proto.g, { ...context, depth: context.depth + 1 }) };
    case Kind.FLOATS:
      return { kind: 'floats', value: proto.floats };
    case Kind.INTS:
      return proto.ints.every(isSafe) ? { kind: 'ints', value: proto.ints.map(Number) } : undefined;
    case Kind.STRINGS: {
      const value = decodeStrings(proto.strings);
      return value && { kind: 'strings', value };
    }
    case Kind.GRAPHS:
      return {
        kind: 'graphs',
        value: proto.graphs.map((graph) => decodeGraph(graph, { ...context, depth: context.depth + 1 })),
      };
    default:
      return undefined;
  }
}

/** The type field; files of IR version 1 have none, and the one value present tells. */
function kindOf(proto: AttributeProto): number {
  if (proto.type !== Kind.UNDEFINED) return proto.type;
  if (proto.floats.length > 0) return Kind.FLOATS;
  if (proto.ints.length > 0) return Kind.INTS;
  if (proto.strings.length > 0) return Kind.STRINGS;
  if (proto.graphs.length > 0) return Kind.GRAPHS;
  if (proto.t !== undefined) return Kind.TENSOR;
  if (proto.g !== undefined) return Kind.GRAPH;
  const { f, i, s } = AttributeProtoSchema.field;
  if (isFieldSet(proto, f)) return Kind.FLOAT;
  if (isFieldSet(proto, i)) return Kind.INT;
  return isFieldSet(proto, s) ? Kind.STRING : Kind.UNDEFINED;
}

/** What the IR does not hold of an attribute it holds: its doc string, its tensor's metadata, unknown fields. */
function leftoverAttribute(proto: AttributeProto, attribute: Attribute): AttributeProto | undefined {
  if (attribute.kind === 'opaque') return undefined;
  const { name } = proto;
  const tensor = proto.t && leftoverTensor(proto.t);
  const rest = leftover(AttributeProtoSchema, proto, [
    'name',
    'type',
    'f',
    'i',
    's',
    't',
    'g',
    'floats',
    'ints',
    'strings',
    'graphs',
  ]);
  if (rest.opaque === undefined && tensor === undefined) return undefined;
  proto.name = name;
  if (tensor !== undefined) proto.t = tensor;
  return proto;
}

function plainDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}
