import { type Graph, type Node, readNames, subgraphs } from '../onnx/index.ts';

/** Who makes and who reads each tensor of a graph. */
export interface GraphIndex {
  readonly graph: Graph;
  /** The node that makes a tensor; undefined for inputs, initializers and unknown names. */
  producer(tensor: string): Node | undefined;
  /** The nodes that read a tensor, in order; a node that reads it twice stands once. */
  consumers(tensor: string): readonly Node[];
  isOutput(tensor: string): boolean;
  /** True where exactly one node reads the tensor, once, and the caller never sees it: it may be changed or removed with its reader. */
  isPrivate(tensor: string): boolean;
}

/**
 * Indexes a graph once, for passes that look around.
 *
 * @example
 * const index = indexGraph(model.graph);
 * index.producer('logits')?.op; // 'Gemm'
 */
export function indexGraph(graph: Graph): GraphIndex {
  const producers = new Map<string, Node>();
  const consumers = new Map<string, Node[]>();
  const uses = new Map<string, number>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) if (output !== '') producers.set(output, node);
    for (const input of readNames(node)) {
      const readers = consumers.get(input);
      if (readers === undefined) consumers.set(input, [node]);
      else if (readers.at(-1) !== node) readers.push(node);
      uses.set(input, (uses.get(input) ?? 0) + 1);
    }
  }
  const outputs = new Set(graph.outputs.map((output) => output.name));
  return {
    graph,
    producer: (tensor) => producers.get(tensor),
    consumers: (tensor) => consumers.get(tensor) ?? [],
    isOutput: (tensor) => outputs.has(tensor),
    isPrivate: (tensor) => uses.get(tensor) === 1 && !outputs.has(tensor),
  };
}

/** Every name in use in a graph: tensors and nodes alike. */
export function namesIn(graph: Graph): Set<string> {
  const names = new Set<string>([...Object.keys(graph.initializers), ...Object.keys(graph.valueInfo)]);
  for (const value of [...graph.inputs, ...graph.outputs]) names.add(value.name);
  for (const node of graph.nodes) {
    names.add(node.name);
    for (const tensor of [...readNames(node), ...node.outputs]) names.add(tensor);
    for (const body of subgraphs(node)) for (const name of namesIn(body)) names.add(name);
  }
  return names;
}

/** A source of names that are not in use yet; each name is given once. */
export function freshNames(graph: Graph): (wish: string) => string {
  const taken = namesIn(graph);
  return (wish) => {
    let name = wish;
    for (let count = 1; taken.has(name); count++) name = `${wish}_${count}`;
    taken.add(name);
    return name;
  };
}
