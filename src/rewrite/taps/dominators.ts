import { readNames } from '../../onnx/index.ts';
import type { DataFlow } from './data-flow.ts';

/** A tensor that alone separates input from output, and the nodes between it and the one before. */
export interface Dominator {
  readonly tensor: string;
  /** Nodes above the dominator before this one, up to and with the node that makes this one. */
  readonly region: DataFlow['nodes'];
}

/**
 * Every tensor that all paths from input to output go through, first the input, last the output.
 *
 * In topological order a tensor lies on all paths exactly when no edge jumps over it: an edge u → v over t extends to a path
 * that avoids t, since positions only grow along a path; and without such an edge a path has no way past t. One sweep that
 * remembers how far the edges so far reach is therefore enough.
 *
 *     x ─ Conv ─ a ─┬─ Conv ─ b ─┐            x, a, c
 *                   └────────────┴─ Add ─ c
 */
export function findDominators(flow: DataFlow): readonly Dominator[] {
  const position = new Map(flow.tensors.map((tensor, index) => [tensor, index]));
  const reach = new Int32Array(flow.tensors.length);
  for (const node of flow.nodes) {
    let last = -1;
    for (const output of node.outputs) last = Math.max(last, position.get(output) ?? -1);
    for (const input of readNames(node)) {
      const from = position.get(input);
      if (from !== undefined) reach[from] = Math.max(reach[from]!, last);
    }
  }
  const dominators: Dominator[] = [];
  let farthest = 0;
  let nextNode = 0;
  for (const [index, tensor] of flow.tensors.entries()) {
    if (farthest <= index) {
      const first = nextNode;
      if (index > 0) while (!flow.nodes[nextNode++]!.outputs.includes(tensor));
      dominators.push({ tensor, region: flow.nodes.slice(first, nextNode) });
    }
    farthest = Math.max(farthest, reach[index]!);
  }
  return dominators;
}
