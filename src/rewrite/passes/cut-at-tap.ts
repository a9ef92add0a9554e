import {
  type Graph,
  inferShapes,
  lookup,
  type Model,
  readNames,
  recordOf,
  type TensorType,
  type ValueInfo,
} from '../../onnx/index.ts';
import { lookAbove } from '../cut.ts';
import { RewriteError } from '../rewriter.ts';
import type { Tap } from '../tap.ts';
import { dependentsOf } from '../taps/data-flow.ts';
import { eliminateDeadCode } from './eliminate-dead-code.ts';

/**
 * The part of the network below some tensors: they become the outputs, and inputs that are no longer needed go.
 *
 *     image ─ Conv ─ a ─ Conv ─ b ─ Gemm ─ logits    →    image ─ Conv ─ a ─ Conv ─ b        outputs a, b
 */
export function cutPrefix(model: Model, tensors: readonly string[]): Model {
  const types = inferShapes(model);
  const outputs = [...new Set(tensors)].map((tensor) => typedValue(types, tensor, 'cut the prefix'));
  const prefix = eliminateDeadCode({ ...model, graph: { ...model.graph, outputs } });
  const read = new Set([...prefix.graph.nodes.flatMap(readNames), ...tensors]);
  return { ...prefix, graph: { ...prefix.graph, inputs: prefix.graph.inputs.filter((input) => read.has(input.name)) } };
}

/**
 * The part of the network above a tap: the tap's tensor becomes the first input, the sides the others. Outputs are those given, or
 * those that depend on the tap.
 *
 *     image ─ Conv ─ a ─ Conv ─ b ─ Gemm ─ logits    →    a ─ Conv ─ b ─ Gemm ─ logits        input a
 *
 * suffix(prefix(x)) is the whole network, to the last bit.
 *
 * @throws {RewriteError} when an output needs more than the tap and its sides (another head, for one).
 */
export function cutSuffix(model: Model, tap: Pick<Tap, 'tensor' | 'sides'>, outputs?: readonly string[]): Model {
  const pass = `cut the suffix above '${tap.tensor}'`;
  const { graph } = model;
  const types = inferShapes(model);
  const wanted = outputs ?? outputsAbove(graph, tap.tensor);
  const above = lookAbove(graph, tap.tensor, wanted);
  const around = above.sides.filter((side) => !tap.sides.includes(side));
  if (around.length > 0) {
    throw new RewriteError(pass, `the outputs ${wanted.join(', ')} also need ${around.join(', ')}`, {
      fix: 'Name only the outputs that the tap was found for',
    });
  }
  const fed = [tap.tensor, ...above.sides];
  const initializers = recordOf(above.initializers.map((name) => [name, lookup(graph.initializers, name)!] as const));
  const made = new Set(above.nodes.flatMap((node) => node.outputs));
  const valueInfo = recordOf(Object.entries(graph.valueInfo).filter(([name]) => made.has(name)));
  return {
    ...model,
    graph: {
      ...graph,
      inputs: fed.map((tensor) => typedValue(types, tensor, pass)),
      outputs: wanted.map((tensor) => typedValue(types, tensor, pass)),
      nodes: above.nodes,
      initializers,
      valueInfo,
    },
  };
}

function outputsAbove(graph: Graph, tensor: string): readonly string[] {
  const depends = dependentsOf(graph, [tensor]);
  return graph.outputs.map((output) => output.name).filter((output) => depends.has(output));
}

/** Name and type of a tensor; the graph has to state or imply the type, since inputs and outputs need one. */
function typedValue(types: ReadonlyMap<string, TensorType>, tensor: string, pass: string): ValueInfo {
  const type = types.get(tensor);
  if (type === undefined) throw new RewriteError(pass, `there is no tensor '${tensor}'`);
  if (type.dtype === undefined) throw new RewriteError(pass, `the type of '${tensor}' is not known`);
  return { name: tensor, dtype: type.dtype, ...(type.shape === undefined ? {} : { shape: type.shape }) };
}
