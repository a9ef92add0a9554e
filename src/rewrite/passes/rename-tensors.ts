import { type Model, recordOf } from '../../onnx/index.ts';
import { namesIn } from '../graph-index.ts';
import { applyPatch } from '../patch.ts';
import { RewriteError } from '../rewriter.ts';

/**
 * Gives tensors other names, inputs and outputs of the graph too.
 *
 *     input ─ Conv ─ 497    →    image ─ Conv ─ logits
 *
 * @throws {RewriteError} when a new name is in use or an old one is not.
 */
export function renameTensors(model: Model, names: ReadonlyMap<string, string>): Model {
  const { graph } = model;
  const label = 'rename tensors';
  const taken = namesIn(graph);
  for (const [from, to] of names) {
    if (!taken.has(from)) throw new RewriteError(label, `there is no tensor '${from}'`);
    if (taken.has(to) && !names.has(to)) throw new RewriteError(label, `the name '${to}' is in use`);
  }
  const renamed = (name: string): string => names.get(name) ?? name;
  const nodes = graph.nodes.map((node) => ({ ...node, outputs: node.outputs.map(renamed) }));
  const keys = <T>(record: Readonly<Record<string, T>>) =>
    recordOf(Object.entries(record).map(([key, value]) => [renamed(key), value] as const));
  const values = <T extends { readonly name: string }>(list: readonly T[]): T[] =>
    list.map((value) => ({ ...value, name: renamed(value.name) }));
  const inner = recordOf(values(Object.values(graph.valueInfo)).map((value) => [value.name, value] as const));
  const made = { ...model, graph: { ...graph, nodes, initializers: keys(graph.initializers), valueInfo: inner } };
  return applyPatch(made, { label, redirect: names, inputs: values(graph.inputs), outputs: values(graph.outputs) });
}
