import { opaqueInitializers } from './check.ts';
import type { Graph } from './ir.ts';
import { subgraphs } from './topology.ts';

/** Every name in a graph and the graphs within it: tensors and nodes. */
export function allNames(graph: Graph): readonly string[] {
  return [
    ...graph.inputs.map(({ name }) => name),
    ...Object.keys(graph.initializers),
    ...opaqueInitializers(graph),
    ...graph.nodes.flatMap((node) => [node.name, ...node.outputs]),
    ...graph.nodes.flatMap(subgraphs).flatMap(allNames),
  ];
}

/** `hint`, or `hint_2`, `hint_3` …: the first that is free. It is taken from then on. */
export function freshName(hint: string, taken: Set<string>): string {
  let name = hint;
  for (let count = 2; taken.has(name); count++) name = `${hint}_${count}`;
  taken.add(name);
  return name;
}
