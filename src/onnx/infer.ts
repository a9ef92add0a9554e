import type { DType } from '../base/index.ts';
import type { Dim, Graph, Model, Node, ValueInfo } from './ir.ts';
import { factOf } from './ops/fact.ts';
import { operatorOf } from './ops/index.ts';
import { type Call, type Fact, UNKNOWN } from './ops/op.ts';
import { lookup } from './records.ts';

/** Element type and shape of a tensor, as far as they can be told. */
export interface TensorType {
  readonly dtype: DType | undefined;
  readonly shape: readonly Dim[] | undefined;
}

/** Shapes to assume for inputs of the graph, instead of those that the model states. */
export type InputShapes = Readonly<Record<string, readonly Dim[]>>;

/**
 * Types and shapes of every tensor of the main graph. Named dimensions stay named; elements of small integer tensors are
 * followed, so that shapes computed in the graph (Shape → Gather → Concat → Reshape) are known. What cannot be told is
 * undefined: it never fails. Tensors within subgraphs are left out.
 *
 * @example
 * const types = inferShapes(model, { image: [1, 3, 224, 224] });
 * types.get('logits')?.shape; // [1, 1000]
 */
export function inferShapes(model: Model, inputShapes: InputShapes = {}): ReadonlyMap<string, TensorType> {
  return inferFacts(model, inputShapes);
}

/** As inferShapes, with the known elements of small tensors. */
export function inferFacts(model: Model, inputShapes: InputShapes = {}): ReadonlyMap<string, Fact> {
  const { graph } = model;
  const facts = new Map<string, Fact>();
  for (const info of graph.inputs) facts.set(info.name, { ...typeOf(info), ...shapeGiven(inputShapes, info) });
  for (const [name, initializer] of Object.entries(graph.initializers)) facts.set(name, factOf(initializer));
  const stated = statedTypes(graph);
  for (const node of graph.nodes) {
    const outputs = inferNode(node, model.opsets, facts);
    node.outputs.forEach((name, index) => {
      if (name !== '') facts.set(name, complete(outputs[index] ?? UNKNOWN, stated.get(name)));
    });
  }
  return facts;
}

/** A node with what is known of its inputs, as rules take it. */
export function callOf(node: Node, opsets: Model['opsets'], facts: ReadonlyMap<string, Fact>): Call {
  const inputs = node.inputs.map((name) => (name === '' ? undefined : (facts.get(name) ?? UNKNOWN)));
  return { node, inputs, opset: lookup(opsets, node.domain) ?? 1 };
}

function inferNode(node: Node, opsets: Model['opsets'], facts: ReadonlyMap<string, Fact>): readonly Fact[] {
  const operator = node.domain === '' ? operatorOf(node.op) : undefined;
  return operator?.infer(callOf(node, opsets, facts)) ?? [];
}

function statedTypes(graph: Graph): ReadonlyMap<string, TensorType> {
  const stated = new Map<string, TensorType>();
  for (const info of [...Object.values(graph.valueInfo), ...graph.outputs]) stated.set(info.name, typeOf(info));
  return stated;
}

function typeOf(info: ValueInfo): TensorType {
  return { dtype: info.dtype, shape: info.shape };
}

function shapeGiven(inputShapes: InputShapes, { name }: ValueInfo): { shape?: readonly Dim[] } {
  const shape = lookup(inputShapes, name);
  return shape === undefined ? {} : { shape };
}

/** What the rule found, and where it found nothing, what the file states. */
function complete(found: Fact, stated: TensorType | undefined): Fact {
  if (stated === undefined) return found;
  const dtype = found.dtype ?? stated.dtype;
  if (found.shape === undefined) return { ...found, dtype, shape: stated.shape };
  if (stated.shape?.length !== found.shape.length) return { ...found, dtype };
  return { ...found, dtype, shape: found.shape.map((dim, axis) => dim ?? stated.shape?.[axis] ?? null) };
}
