import { type DType, GraftError, type Tensor } from '../base/index.ts';
import { type AttributeValue, attributesOf } from './attributes.ts';
import { checkModel, opaqueInitializers } from './check.ts';
import type { Dim, Graph, Initializer, Model, Node, ValueInfo } from './ir.ts';
import { freshName } from './names.ts';
import { irVersionFor, TARGET_OPSET } from './opset.ts';
import { lookup, recordOf } from './records.ts';
import { initializerOf } from './tensor.ts';
import { sortedNodes } from './topology.ts';

export interface BuilderOptions {
  /** The graph's name. */
  readonly name?: string;
  /** Operator set of the standard domain; TARGET_OPSET unless said otherwise. */
  readonly opset?: number;
}

export interface NodeOptions {
  /** Names for the outputs, in order, instead of made-up ones. */
  readonly outputs?: readonly string[];
  /** The node's name, made unique where it is taken; the operator's name unless said otherwise. */
  readonly name?: string;
  /** Operator domain; the standard one unless said otherwise. */
  readonly domain?: string;
}

/**
 * Builds a graph node by node. Every call returns the name of the tensor it made, for the next call to read; `build`
 * gives the frozen model, in topological order and checked.
 *
 * @example
 * const b = new GraphBuilder({ name: 'head' });
 * const x = b.input('codes', 'float32', ['N', 1280]);
 * const weight = b.constant(float32([1280, 3], new Float32Array(3840)), 'weight');
 * const logits = b.node('MatMul', [x, weight]);
 * b.output(b.node('Softmax', [logits], { axis: 1 }, { outputs: ['probabilities'] }), 'float32', ['N', 3]);
 * const model = b.build();
 */
export class GraphBuilder {
  #model: Omit<Model, 'graph' | 'opsets' | 'metadata'>;
  #graph: Pick<Graph, 'name' | 'doc' | 'opaque'>;
  #opsets: Record<string, number>;
  #metadata: Record<string, string>;
  #inputs: ValueInfo[] = [];
  #outputs: ValueInfo[] = [];
  #nodes: Node[] = [];
  #initializers = new Map<string, Initializer>();
  #valueInfo = new Map<string, ValueInfo>();
  #tensorNames = new Set<string>();
  #nodeNames = new Set<string>();

  constructor(options: BuilderOptions = {}) {
    const opset = options.opset ?? TARGET_OPSET;
    this.#model = { irVersion: irVersionFor(opset), producerName: 'graftwork', producerVersion: '' };
    this.#graph = { name: options.name ?? 'graph' };
    this.#opsets = { '': opset };
    this.#metadata = {};
  }

  /** Goes on from an existing model: its nodes, tensors and metadata are there already. The model itself stays as it is. */
  static from(model: Model): GraphBuilder {
    const { graph, opsets, metadata, ...rest } = model;
    const { name, doc, opaque } = graph;
    const builder = new GraphBuilder({ opset: opsets[''] ?? TARGET_OPSET });
    builder.#model = rest;
    builder.#graph = { name, ...(doc === undefined ? {} : { doc }), ...(opaque === undefined ? {} : { opaque }) };
    builder.#opsets = { ...opsets };
    builder.#metadata = { ...metadata };
    builder.#inputs = [...graph.inputs];
    builder.#outputs = [...graph.outputs];
    builder.#nodes = [...graph.nodes];
    builder.#initializers = new Map(Object.entries(graph.initializers));
    builder.#valueInfo = new Map(Object.entries(graph.valueInfo));
    for (const { name } of graph.inputs) builder.#tensorNames.add(name);
    for (const name of builder.#initializers.keys()) builder.#tensorNames.add(name);
    for (const name of opaqueInitializers(graph)) builder.#tensorNames.add(name);
    for (const node of graph.nodes) {
      builder.#nodeNames.add(node.name);
      for (const output of node.outputs) builder.#tensorNames.add(output);
    }
    return builder;
  }

  /** Operator set of the standard domain. */
  get opset(): number {
    return this.#opsets[''] ?? TARGET_OPSET;
  }

  /** Declares an input of the graph and returns its name. A dimension is a number, a name such as `N`, or null. */
  input(name: string, dtype: DType, shape: readonly Dim[]): string {
    this.#inputs.push({ name: this.#take(name), dtype, shape });
    return name;
  }

  /** Stores a constant under a fresh name that starts with `hint`, and returns it. The tensor's memory is shared. */
  constant(tensor: Tensor | Initializer, hint = 'constant'): string {
    const name = this.fresh(hint);
    this.#initializers.set(name, isTensor(tensor) ? initializerOf(tensor) : tensor);
    return name;
  }

  /** Stores a constant under exactly this name. Errors: the name is taken. */
  initializer(name: string, tensor: Tensor | Initializer): string {
    this.#initializers.set(this.#take(name), isTensor(tensor) ? initializerOf(tensor) : tensor);
    return name;
  }

  /** Adds a node with one output and returns the output's name. An optional input that is left out is `''`. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue | undefined>> = {},
    options: NodeOptions = {},
  ): string {
    return this.nodes(op, inputs, options.outputs?.length ?? 1, attributes, options)[0]!;
  }

  /** Adds a node with `count` outputs and returns their names. */
  nodes(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes: Readonly<Record<string, AttributeValue | undefined>> = {},
    options: NodeOptions = {},
  ): string[] {
    const domain = options.domain ?? '';
    if (lookup(this.#opsets, domain) === undefined) {
      throw new GraftError(`Cannot add ${op}: domain '${domain}' has no operator set; call importDomain first`);
    }
    const name = freshName(options.name ?? op, this.#nodeNames);
    const outputs = Array.from({ length: count }, (_, index) => {
      const wanted = options.outputs?.[index];
      if (wanted === '') return '';
      if (wanted !== undefined) return this.#take(wanted);
      return this.fresh(count === 1 ? name : `${name}_output${index}`);
    });
    this.#nodes.push({
      name,
      op,
      domain,
      inputs: [...inputs],
      outputs,
      attributes: attributesOf(op, domain, this.opset, attributes),
    });
    return outputs;
  }

  /** Adds nodes made elsewhere, as they are. Errors: a name is taken. */
  append(...nodes: readonly Node[]): void {
    for (const node of nodes) {
      for (const output of node.outputs) if (output !== '') this.#take(output);
      this.#nodes.push(
        this.#nodeNames.has(node.name) ? { ...node, name: freshName(node.name, this.#nodeNames) } : node,
      );
      this.#nodeNames.add(node.name);
    }
  }

  /** Makes a tensor an output of the graph, and returns its name. */
  output(name: string, dtype: DType, shape: readonly Dim[]): string {
    this.#outputs.push({ name, dtype, shape });
    return name;
  }

  /** Forgets the outputs declared so far, so that an existing graph can be given others. */
  clearOutputs(): void {
    this.#outputs = [];
  }

  /** Sets an entry of the model's metadata. */
  metadata(key: string, value: string): void {
    this.#metadata[key] = value;
  }

  /** Makes operators of another domain available. */
  importDomain(domain: string, version: number): void {
    this.#opsets[domain] = version;
  }

  /** A tensor name that is not taken yet, and is from now on. */
  fresh(hint: string): string {
    return freshName(hint, this.#tensorNames);
  }

  /** Whether a tensor of that name exists. */
  has(name: string): boolean {
    return this.#tensorNames.has(name);
  }

  /** The model. Errors: checkModel's, if the graph does not hold together. */
  build(): Model {
    const valueInfo = [...this.#valueInfo].filter(([name]) => this.#tensorNames.has(name));
    const model: Model = {
      ...this.#model,
      opsets: { ...this.#opsets },
      metadata: { ...this.#metadata },
      graph: {
        ...this.#graph,
        inputs: [...this.#inputs],
        outputs: [...this.#outputs],
        nodes: sortedNodes([...this.#nodes], `graph '${this.#graph.name}'`),
        initializers: recordOf(this.#initializers),
        valueInfo: recordOf(valueInfo),
      },
    };
    checkModel(model);
    return model;
  }

  #take(name: string): string {
    if (this.#tensorNames.has(name))
      throw new GraftError(`Cannot add tensor '${name}': the graph has one of that name`);
    this.#tensorNames.add(name);
    return name;
  }
}

function isTensor(tensor: Tensor | Initializer): tensor is Tensor {
  return !('kind' in tensor.data);
}
