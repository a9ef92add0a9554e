import type { Tensor } from '../base/index.ts';
import { type InputShapes, inferFacts } from './infer.ts';
import type { Initializer, Model } from './ir.ts';
import type { Fact } from './ops/op.ts';
import { initializerOf, tensorOfNumbers } from './tensor.ts';

/**
 * Small integer tensors whose elements are known before anything runs: shapes, axes, index ranges. Constants of the
 * graph are left out; names of dimensions do not count as known.
 *
 * @example
 * constantValues(model, { image: [1, 3, 224, 224] });
 */
export function constantValues(model: Model, inputShapes: InputShapes = {}): ReadonlyMap<string, Tensor> {
  const values = new Map<string, Tensor>();
  const facts = inferFacts(model, inputShapes);
  for (const { outputs } of model.graph.nodes) {
    for (const name of outputs) {
      const tensor = tensorOfFact(facts.get(name));
      if (name !== '' && tensor !== undefined) values.set(name, tensor);
    }
  }
  return values;
}

/**
 * Replaces nodes whose outputs are known small integers by constants:
 *
 *     image → Shape → Gather → Concat → Reshape     becomes     constant → Reshape
 *
 * What fed only those nodes stays, unread, for a pass that removes dead nodes. Outputs of the graph stay as they are.
 */
export function foldShapes(model: Model, inputShapes: InputShapes = {}): Model {
  const { graph } = model;
  const values = constantValues(model, inputShapes);
  const isOutput = new Set(graph.outputs.map(({ name }) => name));
  const foldable = (outputs: readonly string[]) =>
    outputs.every((name) => name === '' || (values.has(name) && !isOutput.has(name)));
  const folded = new Set(graph.nodes.filter((node) => foldable(node.outputs)));
  if (folded.size === 0) return model;
  const initializers: Record<string, Initializer> = Object.create(null);
  Object.assign(initializers, graph.initializers);
  for (const { outputs } of folded) {
    for (const name of outputs) {
      const tensor = values.get(name);
      if (tensor !== undefined) initializers[name] = initializerOf(tensor);
    }
  }
  const nodes = graph.nodes.filter((node) => !folded.has(node));
  return { ...model, graph: { ...graph, nodes, initializers } };
}

function tensorOfFact(fact: Fact | undefined): Tensor | undefined {
  if (fact?.value === undefined || fact.shape === undefined) return undefined;
  const numbers = fact.value.filter((item) => typeof item === 'number');
  const dims = fact.shape.filter((dim) => typeof dim === 'number');
  if (numbers.length !== fact.value.length || dims.length !== fact.shape.length) return undefined;
  const { dtype } = fact;
  const exact = dtype === 'int64' || dtype === 'int32' || dtype === 'bool';
  return exact && numbers.every(Number.isSafeInteger) ? tensorOfNumbers(dtype, dims, numbers) : undefined;
}
