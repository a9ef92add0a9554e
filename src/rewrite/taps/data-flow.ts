import { type Graph, type Node, readNames } from '../../onnx/index.ts';

/** The part of a graph through which the main input's values reach the main output. */
export interface DataFlow {
  readonly graph: Graph;
  readonly input: string;
  readonly output: string;
  /** Nodes on some path from input to output, in the graph's order. */
  readonly nodes: readonly Node[];
  /** Tensors on some path from input to output, in the order they are made: `input` first, `output` last. */
  readonly tensors: readonly string[];
}

/** Ops that look at a tensor's shape alone: the values do not flow through them. */
const SHAPE_ONLY: ReadonlySet<string> = new Set(['Shape', 'Size', 'EyeLike', 'RandomNormalLike', 'RandomUniformLike']);

/** True for a node whose outputs say nothing of its inputs' values, only of their shapes. */
export function readsShapeOnly(node: Node): boolean {
  return node.domain === '' && SHAPE_ONLY.has(node.op);
}

/** Tensors whose values depend on one of `sources`. */
export function dependentsOf(graph: Graph, sources: Iterable<string>): ReadonlySet<string> {
  const depends = new Set(sources);
  for (const node of graph.nodes) {
    if (readsShapeOnly(node) || !readNames(node).some((input) => depends.has(input))) continue;
    for (const output of node.outputs) if (output !== '') depends.add(output);
  }
  return depends;
}

/** Traces the values from `input` to `output`. Empty (no nodes, no tensors) where the output does not depend on the input. */
export function traceData(graph: Graph, input: string, output: string): DataFlow {
  const depends = dependentsOf(graph, [input]);
  if (!depends.has(output)) return { graph, input, output, nodes: [], tensors: [] };
  const reaches = new Set([output]);
  const backwards: Node[] = [];
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i]!;
    if (readsShapeOnly(node) || !node.outputs.some((made) => reaches.has(made))) continue;
    const read = readNames(node).filter((tensor) => depends.has(tensor));
    if (read.length === 0) continue;
    for (const tensor of read) reaches.add(tensor);
    backwards.push(node);
  }
  const nodes = backwards.reverse();
  const made = nodes.flatMap((node) => node.outputs.filter((tensor) => reaches.has(tensor)));
  return { graph, input, output, nodes, tensors: [input, ...made] };
}
