import { createHash, type Hash } from 'node:crypto';
import {
  type Attribute,
  bytesOf,
  type Graph,
  type Initializer,
  lookup,
  type Model,
  type Node,
  readNames,
} from '../onnx/index.ts';
import { indexGraph } from './graph-index.ts';

/**
 * SHA-256 (hex) of everything that decides a tensor's values: ops with their opset, attributes, wiring, weights, and the inputs
 * it starts from with type and shape. Names of tensors and nodes do not count, nor does what stands elsewhere in the graph, so that the
 * same prefix has the same hash in every file it comes in.
 *
 * @example
 * const key = subgraphHash(model, tap.tensor);
 */
export function subgraphHash(model: Model, tensor: string): string {
  return subgraphHasher(model)(tensor);
}

/** The same for many tensors of one model: each node and each weight is hashed once. */
export function subgraphHasher(model: Model): (tensor: string) => string {
  const scope = graphScope(model.graph, model.opsets, () => undefined);
  return (tensor) => {
    const hash = scope(tensor);
    if (hash === undefined) throw new RangeError(`Cannot hash the tensor '${tensor}': the graph does not make it`);
    return hash;
  };
}

type Scope = (tensor: string) => string | undefined;

function graphScope(graph: Graph, opsets: Model['opsets'], outer: Scope): Scope {
  const index = indexGraph(graph);
  const known = new Map<string, string>();
  for (const [place, input] of graph.inputs.entries()) {
    const dims = input.shape?.map((dim) => (typeof dim === 'number' ? dim : '?'));
    known.set(
      input.name,
      digest((hash) => update(hash, ['input', place, input.dtype ?? '?', dims ?? '?'])),
    );
  }
  const hashNode = (node: Node): void => {
    const made = digest((hash) => {
      update(hash, ['node', node.domain, node.op, opsets[node.domain] ?? 0, node.outputs.length]);
      for (const input of node.inputs) update(hash, input === '' ? null : (resolve(input) ?? '?'));
      for (const key of Object.keys(node.attributes).sort()) {
        update(hash, key);
        updateAttribute(hash, node.attributes[key]!, opsets, resolve);
      }
      if (node.opaque !== undefined) updateBytes(hash, node.opaque.protobuf);
    });
    for (const [place, output] of node.outputs.entries()) {
      if (output !== '')
        known.set(
          output,
          digest((hash) => update(hash, ['output', place, made])),
        );
    }
  };
  function resolve(tensor: string): string | undefined {
    const stack = [tensor];
    for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
      const node = index.producer(name);
      const initializer = lookup(graph.initializers, name);
      const waiting = known.has(name) || node === undefined ? [] : readNames(node).filter(isPending);
      if (waiting.length > 0) {
        stack.push(...waiting);
        continue;
      }
      if (!known.has(name)) {
        if (node !== undefined) hashNode(node);
        else if (initializer !== undefined)
          known.set(
            name,
            digest((hash) => updateInitializer(hash, initializer)),
          );
      }
      stack.pop();
    }
    return known.get(tensor) ?? outer(tensor);
  }
  const isPending = (input: string): boolean =>
    !known.has(input) && (index.producer(input) !== undefined || lookup(graph.initializers, input) !== undefined);
  return resolve;
}

function updateAttribute(hash: Hash, attribute: Attribute, opsets: Model['opsets'], outer: Scope): void {
  update(hash, attribute.kind);
  if (attribute.kind === 'tensor') updateInitializer(hash, attribute.value);
  else if (attribute.kind === 'opaque') updateBytes(hash, attribute.value.protobuf);
  else if (attribute.kind === 'graph') updateGraph(hash, attribute.value, opsets, outer);
  else if (attribute.kind === 'graphs') for (const body of attribute.value) updateGraph(hash, body, opsets, outer);
  else update(hash, attribute.value);
}

function updateGraph(hash: Hash, body: Graph, opsets: Model['opsets'], outer: Scope): void {
  const scope = graphScope(body, opsets, outer);
  update(hash, [body.inputs.length, ...body.outputs.map((output) => scope(output.name) ?? '?')]);
}

function updateInitializer(hash: Hash, initializer: Initializer): void {
  update(hash, ['tensor', initializer.dtype, initializer.dims]);
  if (initializer.data.kind === 'strings') update(hash, initializer.data.strings);
  else updateBytes(hash, bytesOf(initializer));
}

/** Length first, so that neighbouring pieces cannot run into each other. */
function updateBytes(hash: Hash, bytes: Uint8Array): void {
  update(hash, bytes.byteLength);
  hash.update(bytes);
}

function update(hash: Hash, value: unknown): void {
  const text = JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'number' && !Number.isFinite(item) ? String(item) : item,
  );
  hash.update(`${text.length}:${text}`);
}

function digest(fill: (hash: Hash) => void): string {
  const hash = createHash('sha256');
  fill(hash);
  return hash.digest('hex');
}
