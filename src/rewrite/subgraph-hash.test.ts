import { describe, expect, it } from 'vitest';
import { randomModel } from '../../test/support/random-graph.ts';
import { float32 } from '../base/index.ts';
import { GraphBuilder, type Model } from '../onnx/index.ts';
import { cutPrefix } from './passes/cut-at-tap.ts';
import { renameTensors } from './passes/rename-tensors.ts';
import { subgraphHash, subgraphHasher } from './subgraph-hash.ts';

function network(
  change: { weight?: number; alpha?: number; op?: string; swap?: boolean; opset?: number; above?: string } = {},
): Model {
  const b = new GraphBuilder({ opset: change.opset ?? 21 });
  const x = b.input('x', 'float32', ['N', 2]);
  const weight = b.constant(float32([2, 2], [1, 2, 3, change.weight ?? 4]));
  const product = b.node('Gemm', [x, weight], { alpha: change.alpha ?? 1 });
  const active = b.node(change.op ?? 'Relu', [product]);
  const pair = change.swap ? [product, active] : [active, product];
  const cut = b.node('Sub', pair, {}, { outputs: ['cut'] });
  b.node(change.above ?? 'Tanh', [cut], {}, { outputs: ['y'] });
  b.output('y', 'float32', ['N', 2]);
  return b.build();
}

describe('subgraphHash', () => {
  const hash = subgraphHash(network(), 'cut');

  it('changes with weights, attributes, ops, wiring and opset', () => {
    const others = [{ weight: 5 }, { alpha: 2 }, { op: 'Tanh' }, { swap: true }, { opset: 20 }].map((change) =>
      subgraphHash(network(change), 'cut'),
    );
    expect(new Set([hash, ...others]).size).toBe(6);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('does not change with names, or with what stands above', () => {
    expect(subgraphHash(network({ above: 'Neg' }), 'cut')).toBe(hash);
    expect(
      subgraphHash(
        renameTensors(
          network(),
          new Map([
            ['x', 'image'],
            ['cut', 'tap'],
          ]),
        ),
        'tap',
      ),
    ).toBe(hash);
    expect(subgraphHash(cutPrefix(network(), ['cut']), 'cut')).toBe(hash);
  });

  it('is the same for a random network and its prefix at every tensor', () => {
    const model = randomModel(4, 15);
    const hasher = subgraphHasher(model);
    for (const node of model.graph.nodes) {
      const tensor = node.outputs[0]!;
      const outputs = [{ name: tensor, dtype: 'float32' as const, shape: ['N', 4] }];
      expect(subgraphHash({ ...model, graph: { ...model.graph, outputs } }, tensor)).toBe(hasher(tensor));
    }
  });

  it('tells outputs of one node apart, and refuses what is not there', () => {
    const b = new GraphBuilder();
    const x = b.input('x', 'float32', ['N', 4]);
    const [one, two] = b.nodes('Split', [x], 2, { axis: 1, num_outputs: 2 });
    b.output(b.node('Add', [one!, two!]), 'float32', ['N', 2]);
    const hasher = subgraphHasher(b.build());
    expect(hasher(one!)).not.toBe(hasher(two!));
    expect(() => hasher('nowhere')).toThrow("Cannot hash the tensor 'nowhere'");
  });
});
