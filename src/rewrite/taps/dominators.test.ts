import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomModel } from '../../../test/support/random-graph.ts';
import type { Graph } from '../../onnx/index.ts';
import { traceData } from './data-flow.ts';
import { findDominators } from './dominators.ts';

/** Whether `output` can be reached from `input` when one tensor is taken away. */
function reachable(graph: Graph, input: string, output: string, without: string): boolean {
  const reached = new Set(input === without ? [] : [input]);
  for (const node of graph.nodes) {
    if (!node.inputs.some((name) => reached.has(name))) continue;
    for (const made of node.outputs) if (made !== without) reached.add(made);
  }
  return reached.has(output);
}

function bruteForce(graph: Graph, input: string, output: string): readonly string[] {
  if (!reachable(graph, input, output, '')) return [];
  const tensors = [input, ...graph.nodes.flatMap((node) => node.outputs)];
  return tensors.filter((tensor) => !reachable(graph, input, output, tensor));
}

/** Nodes with any number of inputs and outputs, wired at random. */
const anyGraph: fc.Arbitrary<Graph> = fc
  .array(
    fc.record({ reads: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), makes: fc.integer({ min: 1, max: 3 }) }),
    {
      minLength: 1,
      maxLength: 14,
    },
  )
  .map((plan) => {
    const tensors = ['x'];
    const nodes = plan.map(({ reads, makes }, place) => {
      const inputs = reads.map((read) => tensors[Math.max(0, tensors.length - 1 - (read % 5))]!);
      const outputs = Array.from({ length: makes }, (_, output) => `t${place}.${output}`);
      tensors.push(...outputs);
      return { name: `n${place}`, op: 'Op', domain: 'test', inputs, outputs, attributes: {} };
    });
    const outputs = [{ name: tensors.at(-1)! }];
    return { name: 'any', inputs: [{ name: 'x' }], outputs, nodes, initializers: {}, valueInfo: {} };
  });

describe('findDominators', () => {
  it('finds what brute force finds in any graph', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const output = graph.outputs[0]!.name;
        const found = findDominators(traceData(graph, 'x', output)).map((dominator) => dominator.tensor);
        expect(found).toEqual(bruteForce(graph, 'x', output));
      }),
      { numRuns: 1000 },
    );
  });

  it('finds what brute force finds in networks with dead ends and second inputs', () => {
    for (let seed = 0; seed < 200; seed++) {
      const { graph } = randomModel(seed, 3 + (seed % 20));
      const found = findDominators(traceData(graph, 'x', 'y')).map((dominator) => dominator.tensor);
      expect(found).toEqual(bruteForce(graph, 'x', 'y'));
    }
  });

  it('gives every node on the way to exactly one region', () => {
    for (let seed = 0; seed < 50; seed++) {
      const flow = traceData(randomModel(seed, 20).graph, 'x', 'y');
      expect(findDominators(flow).flatMap((dominator) => dominator.region)).toEqual(flow.nodes);
    }
  });
});
