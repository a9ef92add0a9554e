import { type Graph, type Node, readNames } from '../onnx/index.ts';
import { indexGraph } from './graph-index.ts';
import { dependentsOf, readsShapeOnly } from './taps/data-flow.ts';

/** What stands above a tap. */
export interface Above {
  /** Nodes the suffix consists of, in order; computations that do not depend on the tap are repeated in it. */
  readonly nodes: readonly Node[];
  /** Tensors besides the tap that the suffix must be given: other inputs of the graph, and shapes of tensors below the tap. */
  readonly sides: readonly string[];
  /** Initializers the suffix reads. */
  readonly initializers: readonly string[];
}

/**
 * Looks from `outputs` down to `tap`, and says what lies between.
 *
 * Only constants, other inputs and shape computations go around a tap. Constants and what follows from them and from other inputs
 * are repeated above the cut, so a mask crosses as the few integers the caller gave and not as the large tensor made of it.
 */
export function lookAbove(graph: Graph, tap: string, outputs: readonly string[]): Above {
  const index = indexGraph(graph);
  const above = dependentsOf(graph, [tap]);
  const inputs = new Set(graph.inputs.map((input) => input.name));
  const below = dependentsOf(graph, [...inputs]);
  const nodes = new Set<Node>();
  const sides = new Set<string>();
  const initializers = new Set<string>();
  const stack = [...outputs].reverse();
  const seen = new Set<string>([tap]);
  for (let tensor = stack.pop(); tensor !== undefined; tensor = stack.pop()) {
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    const node = index.producer(tensor);
    if (node === undefined) {
      (inputs.has(tensor) ? sides : initializers).add(tensor);
    } else if (readsShapeOnly(node) && !above.has(node.inputs[0]!) && below.has(node.inputs[0]!)) {
      sides.add(tensor);
    } else {
      nodes.add(node);
      stack.push(...readNames(node));
    }
  }
  return { nodes: graph.nodes.filter((node) => nodes.has(node)), sides: [...sides], initializers: [...initializers] };
}
