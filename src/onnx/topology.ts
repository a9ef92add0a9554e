import { InputError } from '../base/index.ts';
import type { Graph, Node } from './ir.ts';

/** Every tensor a node reads: its inputs, and what its subgraphs take from around them. */
export function readNames(node: Node): readonly string[] {
  const names = node.inputs.filter((name) => name !== '');
  for (const graph of subgraphs(node)) names.push(...capturedNames(graph));
  return names;
}

/** The graphs among a node's attributes (branches of If, the body of Loop and Scan). */
export function subgraphs(node: Node): readonly Graph[] {
  const graphs: Graph[] = [];
  for (const attribute of Object.values(node.attributes)) {
    if (attribute.kind === 'graph') graphs.push(attribute.value);
    if (attribute.kind === 'graphs') graphs.push(...attribute.value);
  }
  return graphs;
}

/** Names a graph reads and does not define: they belong to the graph around it. */
function capturedNames(graph: Graph): readonly string[] {
  const defined = new Set([...graph.inputs.map(({ name }) => name), ...Object.keys(graph.initializers)]);
  for (const node of graph.nodes) for (const name of node.outputs) defined.add(name);
  const read = [...graph.nodes.flatMap(readNames), ...graph.outputs.map(({ name }) => name)];
  return read.filter((name) => !defined.has(name));
}

/**
 * The nodes in topological order: as given where that is one already, else each as early as its inputs allow, earlier
 * ones first. `where` names the graph in errors. Errors: a cycle; two nodes that make one tensor.
 */
export function sortedNodes(nodes: readonly Node[], where: string): readonly Node[] {
  const maker = new Map<string, number>();
  nodes.forEach((node, index) => {
    for (const name of node.outputs) {
      if (name === '') continue;
      const other = maker.get(name);
      if (other !== undefined) {
        throw new InputError(
          `Cannot order ${where}: nodes '${nodes[other]!.name}' and '${node.name}' both make '${name}'`,
        );
      }
      maker.set(name, index);
    }
  });
  const waitsFor = nodes.map((node) => {
    const makers = new Set<number>();
    for (const name of readNames(node)) {
      const index = maker.get(name);
      if (index !== undefined) makers.add(index);
    }
    return makers;
  });
  if (waitsFor.every((makers, index) => [...makers].every((other) => other < index))) return nodes;
  return kahn(nodes, waitsFor, where);
}

function kahn(nodes: readonly Node[], waitsFor: readonly ReadonlySet<number>[], where: string): readonly Node[] {
  const readers: number[][] = nodes.map(() => []);
  const open = waitsFor.map((makers, index) => {
    for (const maker of makers) readers[maker]!.push(index);
    return makers.size;
  });
  const sorted: Node[] = [];
  const ready = open.flatMap((count, index) => (count === 0 ? [index] : [])).reverse();
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    sorted.push(nodes[next]!);
    for (const reader of readers[next]!.toReversed()) {
      open[reader]!--;
      if (open[reader] === 0) ready.push(reader);
    }
  }
  if (sorted.length < nodes.length) {
    const stuck = nodes[open.findIndex((count) => count > 0)]!;
    throw new InputError(`Cannot order ${where}: node '${stuck.name}' (${stuck.op}) depends on its own output`, {
      fix: 'Export the model again: a graph has no cycles',
    });
  }
  return sorted;
}
