import { describe, expect, it } from 'vitest';
import { InputError } from '../base/index.ts';
import { checkModel } from './check.ts';
import type { Model, Node } from './ir.ts';

const relu: Node = { name: 'r', op: 'Relu', domain: '', inputs: ['x'], outputs: ['y'], attributes: {} };

function modelOf(nodes: readonly Node[], changes: Partial<Model> = {}, graph: Partial<Model['graph']> = {}): Model {
  return {
    irVersion: 8,
    opsets: { '': 17 },
    producerName: '',
    producerVersion: '',
    metadata: {},
    graph: {
      name: 'g',
      inputs: [{ name: 'x', dtype: 'float32', shape: [1] }],
      outputs: [{ name: 'y' }],
      nodes,
      initializers: {},
      valueInfo: {},
      ...graph,
    },
    ...changes,
  };
}

describe('checkModel', () => {
  it('accepts a sound model', () => expect(() => checkModel(modelOf([relu]))).not.toThrow());

  it.each<[string, Model, RegExp]>([
    ['an undefined input', modelOf([{ ...relu, inputs: ['z'] }]), /node 'r' \(Relu\) reads 'z'/],
    ['a tensor made twice', modelOf([relu, { ...relu, name: 's' }]), /node 's' \(Relu\) makes 'y', which exists/],
    ['a node name used twice', modelOf([relu, { ...relu, outputs: ['z'] }]), /two nodes are named 'r'/],
    ['an output made nowhere', modelOf([]), /output 'y' .* made nowhere/],
    ['too many inputs', modelOf([{ ...relu, inputs: ['x', 'x'] }]), /has 2 inputs, it takes 1/],
    ['too few inputs', modelOf([{ ...relu, op: 'Add' }]), /\(Add\) has 1 inputs, it takes 2/],
    ['an unknown operator', modelOf([{ ...relu, op: 'Rectify' }]), /operator set 17 has no such operator/],
    ['an operator of a later set', modelOf([{ ...relu, op: 'Gelu' }]), /operator set 17 has no such operator/],
    ['a removed operator', modelOf([{ ...relu, op: 'Upsample', inputs: ['x', 'x'] }]), /removed before/],
    ['an unknown attribute', modelOf([{ ...relu, attributes: { a: { kind: 'int', value: 1 } } }]), /no attribute 'a'/],
    [
      'an attribute of another kind',
      modelOf([{ ...relu, op: 'Softmax', attributes: { axis: { kind: 'float', value: 1 } } }]),
      /'axis' is of kind float, it should be int/,
    ],
    ['a missing attribute', modelOf([{ ...relu, op: 'Cast' }]), /lacks the attribute 'to'/],
    ['a domain not imported', modelOf([{ ...relu, domain: 'a.b' }]), /domain 'a\.b', which the model does not import/],
    ['a set from the future', modelOf([relu], { opsets: { '': 99 } }), /newer than the newest known/],
    [
      'an initializer of the wrong length',
      modelOf(
        [relu],
        {},
        { initializers: { w: { dtype: 'float32', dims: [2], data: { kind: 'bytes', bytes: new Uint8Array(4) } } } },
      ),
      /'w' has 4 bytes and its shape \[2\] needs 8/,
    ],
  ])('refuses %s', (_, model, message) => {
    expect(() => checkModel(model)).toThrow(message);
    expect(() => checkModel(model)).toThrow(InputError);
  });

  it('leaves operators of other domains alone', () => {
    const odd = { ...relu, op: 'Anything', domain: 'com.example', inputs: ['x', '', 'x'] };
    expect(() => checkModel(modelOf([odd], { opsets: { '': 17, 'com.example': 1 } }))).not.toThrow();
  });

  it('lets subgraphs read what is around them, and only that', () => {
    const branch = (input: string) => ({
      kind: 'graph' as const,
      value: {
        name: 'branch',
        inputs: [],
        outputs: [{ name: 'inner' }],
        nodes: [{ ...relu, name: 'in', inputs: [input], outputs: ['inner'] }],
        initializers: {},
        valueInfo: {},
      },
    });
    const choice = (input: string): Node => ({
      ...relu,
      op: 'If',
      attributes: { then_branch: branch(input), else_branch: branch('x') },
    });
    expect(() => checkModel(modelOf([choice('x')]))).not.toThrow();
    expect(() => checkModel(modelOf([choice('y')]))).toThrow(/node 'in' \(Relu\) reads 'y'/);
  });
});
