import { InputError } from '../base/index.ts';
import type { Graph, Model, Node } from './ir.ts';
import { restored } from './opaque.ts';
import { signatureOf } from './ops/signature.ts';
import { NEWEST_OPSET } from './ops/signatures.ts';
import { GraphProtoSchema } from './proto/onnx_pb.ts';
import { lookup } from './records.ts';
import { sizeInBytes } from './tensor.ts';

/**
 * Checks a model against the ONNX standard: every tensor is made once, before it is read; operators of the standard
 * domain exist in the model's operator set and have the inputs, outputs and attributes that it gives them; every domain
 * in use is imported; initializers are as long as their shapes say.
 *
 * Errors: InputError that names the node and its operator.
 *
 * @example
 * checkModel(readModel(bytes));
 */
export function checkModel(model: Model): void {
  checkGraph(model.graph, model.opsets, new Set());
}

/** Names of initializers that only the opaque part holds: exotic element types, sparse tensors. */
export function opaqueInitializers(graph: Graph): readonly string[] {
  if (graph.opaque === undefined) return [];
  const { initializer, sparseInitializer } = restored(GraphProtoSchema, graph.opaque);
  const dense = initializer.filter(({ dataType }) => dataType !== 0).map(({ name }) => name);
  return [...dense, ...sparseInitializer.map(({ values }) => values?.name ?? '')];
}

function checkGraph(graph: Graph, opsets: Model['opsets'], outer: ReadonlySet<string>): void {
  const defined = new Set(outer);
  const define = (name: string, where: string) => {
    if (defined.has(name)) throw fault(`${where} makes '${name}', which exists already`);
    defined.add(name);
  };
  const names = new Set<string>();
  for (const { name } of graph.inputs) define(name, `the input list of graph '${graph.name}'`);
  for (const [name, initializer] of Object.entries(graph.initializers)) {
    define(name, `an initializer of graph '${graph.name}'`);
    const { data } = initializer;
    if (data.kind === 'bytes' && data.bytes.byteLength !== sizeInBytes(initializer)) {
      throw fault(
        `initializer '${name}' has ${data.bytes.byteLength} bytes and its shape [${initializer.dims.join(', ')}] needs ${sizeInBytes(initializer)}`,
      );
    }
  }
  for (const name of opaqueInitializers(graph)) define(name, `an initializer of graph '${graph.name}'`);
  for (const node of graph.nodes) {
    if (names.has(node.name)) throw fault(`two nodes are named '${node.name}'`);
    names.add(node.name);
    checkNode(node, opsets);
    for (const name of node.inputs) {
      if (name !== '' && !defined.has(name)) {
        throw fault(`${titleOf(node)} reads '${name}', which nothing before it makes`);
      }
    }
    checkSubgraphs(node, opsets, defined);
    for (const name of node.outputs) if (name !== '') define(name, titleOf(node));
  }
  for (const { name } of graph.outputs) {
    if (!defined.has(name)) throw fault(`the output '${name}' of graph '${graph.name}' is made nowhere`);
  }
}

function checkSubgraphs(node: Node, opsets: Model['opsets'], defined: ReadonlySet<string>): void {
  for (const attribute of Object.values(node.attributes)) {
    if (attribute.kind === 'graph') checkGraph(attribute.value, opsets, defined);
    if (attribute.kind === 'graphs') for (const graph of attribute.value) checkGraph(graph, opsets, defined);
  }
}

function checkNode(node: Node, opsets: Model['opsets']): void {
  const opset = lookup(opsets, node.domain);
  if (opset === undefined)
    throw fault(`${titleOf(node)} is of domain '${node.domain}', which the model does not import`);
  if (node.domain !== '') return;
  if (opset > NEWEST_OPSET) {
    throw fault(`its operator set ${opset} is newer than the newest known one, ${NEWEST_OPSET}`, 'Update graftwork');
  }
  const signature = signatureOf(node.op, opset);
  if (signature === undefined) throw fault(`${titleOf(node)}: operator set ${opset} has no such operator`);
  if (signature === 'deprecated')
    throw fault(`${titleOf(node)}: the operator was removed before operator set ${opset}`);
  checkCount(node, 'inputs', signature.inputs);
  checkCount(node, 'outputs', signature.outputs);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    const expected = signature.attributes.get(name);
    if (expected === undefined) throw fault(`${titleOf(node)}: it has no attribute '${name}' in operator set ${opset}`);
    if (attribute.kind !== expected.kind && attribute.kind !== 'opaque') {
      throw fault(`${titleOf(node)}: attribute '${name}' is of kind ${attribute.kind}, it should be ${expected.kind}`);
    }
  }
  for (const [name, { required }] of signature.attributes) {
    if (required && lookup(node.attributes, name) === undefined) {
      throw fault(`${titleOf(node)}: it lacks the attribute '${name}'`);
    }
  }
}

function checkCount(node: Node, side: 'inputs' | 'outputs', [fewest, most]: readonly [number, number]): void {
  const count = node[side].length;
  // Optional trailing ones may be written as empty names.
  const used = node[side].findLastIndex((name) => name !== '') + 1;
  if (count < fewest || used > most) {
    const range = fewest === most ? `${fewest}` : `${fewest} to ${most === Number.POSITIVE_INFINITY ? 'many' : most}`;
    throw fault(`${titleOf(node)} has ${count} ${side}, it takes ${range}`);
  }
}

function titleOf(node: Node): string {
  return `node '${node.name}' (${node.domain === '' ? '' : `${node.domain}.`}${node.op})`;
}

function fault(what: string, fix = 'Export the model again, or report the tool that made it'): InputError {
  return new InputError(`Cannot use the model: ${what}`, { fix });
}
