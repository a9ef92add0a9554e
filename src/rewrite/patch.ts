import { messageOf } from '../base/index.ts';
import {
  type Graph,
  type Initializer,
  type Model,
  type Node,
  readNames,
  recordOf,
  sortedNodes,
  subgraphs,
  type ValueInfo,
} from '../onnx/index.ts';
import { RewriteError } from './rewriter.ts';

/** A labelled change of a graph: what goes, what comes, and who reads what from now on. */
export interface Patch {
  /** An imperative phrase, for errors: 'fold batch norm'. */
  readonly label: string;
  /** Nodes to take out. */
  readonly remove?: readonly Node[];
  /** Nodes to put in; their place follows from what they read. */
  readonly add?: readonly Node[];
  readonly initializers?: Readonly<Record<string, Initializer>>;
  /** Every reader of the key reads the value instead. Outputs of the graph keep their names. */
  readonly redirect?: ReadonlyMap<string, string>;
  /** The graph's inputs from now on. */
  readonly inputs?: readonly ValueInfo[];
  /** The graph's outputs from now on. */
  readonly outputs?: readonly ValueInfo[];
}

/**
 * Applies a patch and checks that the graph is still whole: each tensor that is read or returned is made once.
 *
 * @example
 * applyPatch(model, { label: 'eliminate identity', remove: [node], redirect: new Map([[node.outputs[0], node.inputs[0]]]) });
 *
 * @throws {RewriteError} when a tensor would be missing or made twice, or the nodes would form a cycle.
 */
export function applyPatch(model: Model, patch: Patch): Model {
  const { graph } = model;
  const removed = new Set(patch.remove);
  const redirect = patch.redirect ?? new Map<string, string>();
  const kept = graph.nodes.filter((node) => !removed.has(node)).map((node) => redirectNode(node, redirect));
  const nodes = patch.add === undefined ? kept : [...kept, ...patch.add];
  const patched: Graph = {
    ...graph,
    nodes,
    inputs: patch.inputs ?? graph.inputs,
    outputs: patch.outputs ?? graph.outputs,
    initializers:
      patch.initializers === undefined
        ? graph.initializers
        : recordOf([...Object.entries(graph.initializers), ...Object.entries(patch.initializers)]),
  };
  return { ...model, graph: { ...patched, nodes: sortNodes(patched, patch.label) } };
}

function redirectNode(node: Node, redirect: ReadonlyMap<string, string>): Node {
  if (redirect.size === 0 || !readNames(node).some((input) => redirect.has(input))) return node;
  const inputs = node.inputs.map((input) => redirect.get(input) ?? input);
  if (subgraphs(node).length === 0) return { ...node, inputs };
  const attributes = Object.fromEntries(
    Object.entries(node.attributes).map(([key, attribute]) => {
      if (attribute.kind === 'graph')
        return [key, { kind: 'graph' as const, value: redirectBody(attribute.value, redirect) }];
      if (attribute.kind !== 'graphs') return [key, attribute];
      return [key, { kind: 'graphs' as const, value: attribute.value.map((body) => redirectBody(body, redirect)) }];
    }),
  );
  return { ...node, inputs, attributes };
}

/** In a body, a name that the body defines itself hides the outer one and stays. */
function redirectBody(body: Graph, redirect: ReadonlyMap<string, string>): Graph {
  const visible = new Map(redirect);
  for (const input of body.inputs) visible.delete(input.name);
  for (const name of Object.keys(body.initializers)) visible.delete(name);
  for (const node of body.nodes) for (const output of node.outputs) visible.delete(output);
  return {
    ...body,
    nodes: body.nodes.map((node) => redirectNode(node, visible)),
    outputs: body.outputs.map((output) => ({ ...output, name: visible.get(output.name) ?? output.name })),
  };
}

/** Topological order, once it is sure that each tensor is made, once. */
function sortNodes(graph: Graph, label: string): readonly Node[] {
  const made = new Set([...graph.inputs.map((input) => input.name), ...Object.keys(graph.initializers)]);
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      if (made.has(output)) throw new RewriteError(label, `the tensor '${output}' would be made twice`, { node });
      if (output !== '') made.add(output);
    }
  }
  for (const node of graph.nodes) {
    const missing = readNames(node).find((input) => !made.has(input));
    if (missing !== undefined) throw new RewriteError(label, `nothing would make the tensor '${missing}'`, { node });
  }
  const missing = graph.outputs.find((output) => !made.has(output.name));
  if (missing !== undefined) throw new RewriteError(label, `nothing would make the output '${missing.name}'`);
  try {
    return sortedNodes(graph.nodes, `the graph '${graph.name}'`);
  } catch (cause) {
    throw new RewriteError(label, messageOf(cause), { cause });
  }
}
