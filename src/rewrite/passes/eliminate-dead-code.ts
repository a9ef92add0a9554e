import { type Model, type Node, readNames, recordOf } from '../../onnx/index.ts';
import type { Pass } from '../rewriter.ts';

/**
 * Takes out what no output needs: nodes, initializers and notes on tensors. Inputs of the graph stay, since callers feed them.
 *
 *     x ─ Conv ─┬─ Relu ─ y          x ─ Conv ─ Relu ─ y
 *               └─ Sigmoid     →
 */
export function eliminateDeadCode(model: Model): Model {
  const { graph } = model;
  const needed = new Set(graph.outputs.map((output) => output.name));
  const nodes: Node[] = [];
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i]!;
    if (!node.outputs.some((output) => needed.has(output))) continue;
    nodes.push(node);
    for (const input of readNames(node)) needed.add(input);
  }
  if (nodes.length === graph.nodes.length && Object.keys(graph.initializers).every((name) => needed.has(name)))
    return model;
  const made = new Set(nodes.flatMap((node) => node.outputs));
  return {
    ...model,
    graph: {
      ...graph,
      nodes: nodes.reverse(),
      initializers: pick(graph.initializers, (name) => needed.has(name)),
      valueInfo: pick(graph.valueInfo, (name) => made.has(name) || needed.has(name)),
    },
  };
}

export const eliminateDeadCodePass: Pass = { name: 'eliminate dead code', run: eliminateDeadCode };

function pick<T>(record: Readonly<Record<string, T>>, keep: (name: string) => boolean): Readonly<Record<string, T>> {
  return recordOf(Object.entries(record).filter(([name]) => keep(name)));
}
