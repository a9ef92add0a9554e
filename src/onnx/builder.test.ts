import { describe, expect, it } from 'vitest';
import { float32, GraftError, int64 } from '../base/index.ts';
import { float, int } from './attributes.ts';
import { GraphBuilder } from './builder.ts';

function head(): GraphBuilder {
  const b = new GraphBuilder({ name: 'head' });
  const x = b.input('codes', 'float32', ['N', 2]);
  const weight = b.constant(float32([2, 3], [1, 2, 3, 4, 5, 6]), 'weight');
  const logits = b.node('MatMul', [x, weight]);
  b.output(b.node('Softmax', [logits], { axis: 1 }, { outputs: ['probabilities'] }), 'float32', ['N', 3]);
  return b;
}

describe('GraphBuilder', () => {
  it('builds a checked model with unique names', () => {
    const { graph, opsets } = head().build();
    expect(opsets['']).toBe(21);
    expect(graph.nodes.map(({ op, inputs, outputs }) => [op, inputs, outputs])).toEqual([
      ['MatMul', ['codes', 'weight'], ['MatMul']],
      ['Softmax', ['MatMul'], ['probabilities']],
    ]);
    expect(graph.nodes[1]?.attributes.axis).toEqual({ kind: 'int', value: 1 });
  });

  it('makes numbers floats or integers as the operator says', () => {
    const b = new GraphBuilder();
    const x = b.input('x', 'float32', [4]);
    b.node('LeakyRelu', [x], { alpha: 1 });
    b.node('Cast', [x], { to: 'float16' });
    b.node('Gemm', [x, x], { transA: true, alpha: 2, beta: undefined });
    b.nodes('Split', [x], 2, { num_outputs: 2, axis: 0 });
    const attributes = b
      .build()
      .graph.nodes.map((node) => Object.entries(node.attributes).map(([name, { kind }]) => `${name}:${kind}`));
    expect(attributes).toEqual([
      ['alpha:float'],
      ['to:int'],
      ['transA:int', 'alpha:float'],
      ['num_outputs:int', 'axis:int'],
    ]);
  });

  it('asks which a number is where no signature tells', () => {
    const b = new GraphBuilder();
    const x = b.input('x', 'float32', [4]);
    b.importDomain('com.example', 1);
    expect(() => b.node('Odd', [x], { rate: 1 }, { domain: 'com.example' })).toThrow(/rate.*float\(…\) or int\(…\)/);
    b.node('Odd', [x], { rate: float(1), count: int(2), mode: 'a' }, { domain: 'com.example' });
    expect(b.build().graph.nodes[0]?.attributes.rate).toEqual({ kind: 'float', value: 1 });
  });

  it('refuses values of the wrong kind', () => {
    const b = new GraphBuilder();
    const x = b.input('x', 'float32', [4]);
    expect(() => b.node('Softmax', [x], { axis: 1.5 })).toThrow(/takes int/);
    expect(() => b.node('Softmax', [x], { axis: 'last' })).toThrow(GraftError);
    expect(() => b.node('Conv', [x, x], { strides: [1, 1.5] })).toThrow(/takes ints/);
    expect(() => b.node('Odd', [x], {}, { domain: 'com.example' })).toThrow(/importDomain/);
  });

  it('refuses to make a tensor twice', () => {
    const b = head();
    expect(() => b.input('codes', 'float32', [1])).toThrow(/has one of that name/);
    expect(() => b.node('Relu', ['codes'], {}, { outputs: ['probabilities'] })).toThrow(/has one of that name/);
  });

  it('goes on from a model and leaves it as it was', () => {
    const model = head().build();
    const before = structuredClone(model);
    const b = GraphBuilder.from(model);
    b.clearOutputs();
    b.metadata('key', 'value');
    const best = b.node('ArgMax', ['probabilities'], { axis: 1, keepdims: false });
    const weight = b.constant(int64([1], [3]), 'weight');
    b.output(b.node('Mul', [best, weight], {}, { outputs: ['label'] }), 'int64', ['N']);
    const next = b.build();
    expect(next.graph.outputs.map(({ name }) => name)).toEqual(['label']);
    expect(Object.keys(next.graph.initializers)).toEqual(['weight', 'weight_2']);
    expect(model).toEqual(before);
    expect(next.metadata).toEqual({ key: 'value' });
  });

  it('puts nodes in order and finds what is missing', () => {
    const b = new GraphBuilder();
    const x = b.input('x', 'float32', [1]);
    b.append({ name: 'late', op: 'Relu', domain: '', inputs: ['y'], outputs: ['z'], attributes: {} });
    b.node('Exp', [x], {}, { outputs: ['y'] });
    b.output('z', 'float32', [1]);
    expect(b.build().graph.nodes.map(({ op }) => op)).toEqual(['Exp', 'Relu']);
    b.node('Neg', ['nowhere']);
    expect(() => b.build()).toThrow(/node 'Neg' \(Neg\) reads 'nowhere'/);
  });
});
