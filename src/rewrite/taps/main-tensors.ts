import type { Graph, ValueInfo } from '../../onnx/index.ts';
import { RewriteError } from '../rewriter.ts';
import { dependentsOf } from './data-flow.ts';

/** Names that exporters give to what the network looks at, most telling first. */
const INPUT_NAMES = ['image', 'images', 'pixel_values', 'input_ids', 'input', 'data', 'x'];

/**
 * The input the network is about: the one asked for; else the one with the most dimensions (an image before a mask or a scale), among
 * equals one with a customary name, among those the first. Only inputs that `output` depends on are looked at.
 */
export function mainInput(graph: Graph, asked?: string): string {
  if (asked !== undefined) return requireNamed(graph.inputs, asked, 'input');
  const outputs = graph.outputs.map((output) => output.name);
  const live = graph.inputs.filter((input) => {
    const depends = dependentsOf(graph, [input.name]);
    return outputs.some((output) => depends.has(output));
  });
  const best = firstBest(live, (a, b) => rankOf(b) - rankOf(a) || nameRank(a.name) - nameRank(b.name));
  if (best === undefined) throw new RewriteError('find taps', 'no output depends on any input');
  return best.name;
}

/**
 * The output the network is about: the one asked for; else the one with the most multiply-accumulates below it, so that auxiliary
 * heads half-way up (GoogLeNet, Inception) stand back; among equals the first.
 */
export function mainOutput(graph: Graph, input: string, macsBelow: (output: string) => number, asked?: string): string {
  if (asked !== undefined) return requireNamed(graph.outputs, asked, 'output');
  const depends = dependentsOf(graph, [input]);
  const live = graph.outputs.filter((output) => depends.has(output.name));
  const best = firstBest(live, (a, b) => macsBelow(b.name) - macsBelow(a.name));
  if (best === undefined) throw new RewriteError('find taps', `no output depends on the input '${input}'`);
  return best.name;
}

function requireNamed(values: readonly ValueInfo[], name: string, kind: string): string {
  if (values.some((value) => value.name === name)) return name;
  throw new RewriteError('find taps', `the graph has no ${kind} '${name}'`, {
    fix: `Name one of: ${values.map((value) => value.name).join(', ')}`,
  });
}

function firstBest<T>(items: readonly T[], order: (a: T, b: T) => number): T | undefined {
  return [...items].sort(order)[0];
}

const rankOf = (value: ValueInfo): number => value.shape?.length ?? 0;

function nameRank(name: string): number {
  const place = INPUT_NAMES.indexOf(name.toLowerCase());
  return place < 0 ? INPUT_NAMES.length : place;
}
