import { describe, expect, it } from 'vitest';
import { float32 } from '../base/index.ts';
import { checkModel } from './check.ts';
import type { Attribute, Model, Node } from './ir.ts';
import { normalise } from './normalise.ts';
import { printNode } from './print.ts';
import { initializerOf, numbersOf, tensorOf } from './tensor.ts';

function node(
  op: string,
  inputs: readonly string[],
  attributes: Record<string, Attribute> = {},
  outputs = ['y'],
): Node {
  return { name: op, op, domain: '', inputs, outputs, attributes };
}

function modelOf(opset: number, nodes: readonly Node[], shape: readonly (number | string)[] = [2, 3]): Model {
  return {
    irVersion: 4,
    opsets: { '': opset },
    producerName: '',
    producerVersion: '',
    metadata: {},
    graph: {
      name: 'g',
      inputs: [{ name: 'x', dtype: 'float32', shape }],
      outputs: [{ name: 'y' }],
      nodes,
      initializers: { scales: initializerOf(float32([4], [1, 1, 2, 2])) },
      valueInfo: {},
    },
  };
}

const ints = (...value: number[]): Attribute => ({ kind: 'ints', value });
const int = (value: number): Attribute => ({ kind: 'int', value });
const real = (value: number): Attribute => ({ kind: 'float', value });

/** The nodes as text, with the numbers of the constants that rules made. */
function rewritten(model: Model): readonly string[] {
  const result = normalise(model);
  checkModel(result);
  const constants = Object.entries(result.graph.initializers).map(([name, value]) => [
    name,
    [...numbersOf(tensorOf(value))].join(' '),
  ]);
  return result.graph.nodes.map((item) => {
    const inputs = item.inputs.map(
      (name) => constants.find(([other]) => other === name && name !== 'scales')?.[1] ?? name,
    );
    return printNode({ ...item, inputs }).replace(/^\S+: /, '');
  });
}

describe('normalise', () => {
  it.each<[string, Model, readonly string[]]>([
    ['Clip 6', modelOf(6 + 1, [node('Clip', ['x'], { min: real(0), max: real(6) })]), ['Clip(x, 0, 6) → y']],
    ['Clip 6 with a maximum only', modelOf(9, [node('Clip', ['x'], { max: real(6) })]), ['Clip(x, —, 6) → y']],
    [
      'Slice 1',
      modelOf(9, [node('Slice', ['x'], { starts: ints(0), ends: ints(2), axes: ints(1) })]),
      ['Slice(x, 0, 2, 1) → y'],
    ],
    ['Squeeze 1', modelOf(11, [node('Squeeze', ['x'], { axes: ints(0, 2) })]), ['Squeeze(x, 0 2) → y']],
    [
      'ReduceMean 1',
      modelOf(13, [node('ReduceMean', ['x'], { axes: ints(-1), keepdims: int(0) })]),
      ['ReduceMean(x, -1) → y { keepdims = 0 }'],
    ],
    [
      'Pad 2',
      modelOf(10, [node('Pad', ['x'], { pads: ints(0, 1, 0, 1), value: real(2) })]),
      ['Pad(x, 0 1 0 1, 2) → y'],
    ],
    [
      'Split 2',
      modelOf(11, [node('Split', ['x'], { axis: int(1), split: ints(1, 2) }, ['y', 'z'])]),
      ['Split(x, 1 2) → y, z { axis = 1 }'],
    ],
    [
      'Split 13 into equal parts',
      modelOf(13, [node('Split', ['x'], {}, ['y', 'z'])]),
      ['Split(x) → y, z { num_outputs = 2 }'],
    ],
    ['TopK 1', modelOf(9, [node('TopK', ['x'], { k: int(2) }, ['y', 'z'])]), ['TopK(x, 2) → y, z']],
    ['Dropout 7', modelOf(7, [node('Dropout', ['x'], { ratio: real(0.5) }, ['y', 'mask'])]), ['Dropout(x, 0.5) → y']],
    ['Softmax 1 over the last axis', modelOf(12, [node('Softmax', ['x'])]), ['Softmax(x) → y { axis = 1 }']],
    [
      'Softmax 1 over several axes',
      modelOf(12, [node('Softmax', ['x'])], ['N', 3, 2]),
      [
        'Flatten(x) → Softmax_flat { axis = 1 }',
        'Softmax(Softmax_flat) → Softmax_rows { axis = 1 }',
        'Shape(x) → Softmax_shape',
        'Reshape(Softmax_rows, Softmax_shape) → y',
      ],
    ],
    [
      'Softmax 1 before axes of one',
      modelOf(12, [node('Softmax', ['x'])], ['N', 3, 1, 1]),
      ['Softmax(x) → y { axis = 1 }'],
    ],
    [
      'Upsample 9',
      modelOf(9, [node('Upsample', ['x', 'scales'], { mode: { kind: 'string', value: 'linear' } })], ['N', 3, 4, 4]),
      ['Resize(x, —, scales) → y { mode = "linear", coordinate_transformation_mode = "asymmetric" }'],
    ],
    [
      'Resize 10',
      modelOf(10, [node('Resize', ['x', 'scales'])], ['N', 3, 4, 4]),
      [
        'Resize(x, —, scales) → y { mode = "nearest", coordinate_transformation_mode = "asymmetric", nearest_mode = "floor" }',
      ],
    ],
    [
      'BatchNormalization 7',
      modelOf(7, [node('BatchNormalization', ['x', 'x', 'x', 'x', 'x'], { spatial: int(1) })]),
      ['BatchNormalization(x, x, x, x, x) → y'],
    ],
    ['Scatter 9', modelOf(10, [node('Scatter', ['x', 'x', 'x'])]), ['ScatterElements(x, x, x) → y']],
    ['an operator that stayed', modelOf(7, [node('Relu', ['x'])]), ['Relu(x) → y']],
    [
      'a newer set',
      modelOf(24, [node('Cast', ['x'], { to: int(1), round_mode: { kind: 'string', value: 'up' } })]),
      ['Cast(x) → y { to = 1 }'],
    ],
    ['Swish 24', modelOf(24, [node('Swish', ['x'])]), ['Sigmoid(x) → Swish_gate', 'Mul(x, Swish_gate) → y']],
  ])('%s', (_, model, expected) => expect(rewritten(model)).toEqual(expected));

  it('reads ends beyond what a number holds', () => {
    // starts [0], ends [2⁶³ − 1]: packed varints, as exporters write 'to the end'.
    const protobuf = Uint8Array.of(
      0x0a,
      4,
      0x65,
      0x6e,
      0x64,
      0x73,
      0x40,
      255,
      255,
      255,
      255,
      255,
      255,
      255,
      255,
      127,
      0xa0,
      1,
      7,
    );
    const slice = node('Slice', ['x'], { starts: ints(1), ends: { kind: 'opaque', value: { protobuf } } });
    expect(rewritten(modelOf(9, [slice]))).toEqual(['Slice(x, 1, 9007199254740991) → y']);
  });

  it('brings subgraphs along and keeps names apart', () => {
    const branch = (name: string): Attribute => ({
      kind: 'graph',
      value: {
        name,
        inputs: [],
        outputs: [{ name: `${name}_out` }],
        nodes: [{ ...node('Squeeze', ['x'], { axes: ints(0) }, [`${name}_out`]), name: 'Squeeze' }],
        initializers: {},
        valueInfo: {},
      },
    });
    const result = normalise(modelOf(11, [node('If', ['x'], { then_branch: branch('a'), else_branch: branch('b') })]));
    checkModel(result);
    const [first, second] = Object.values(result.graph.nodes[0]!.attributes).map((value) =>
      value.kind === 'graph' ? Object.keys(value.value.initializers) : [],
    );
    expect([first, second]).toEqual([['Squeeze_axes'], ['Squeeze_axes_2']]);
  });

  it.each<[string, Model, RegExp]>([
    ['sets that are too old', modelOf(6, [node('Relu', ['x'])]), /operator set 6 is too old; 7 to \d+/],
    ['sets that are too new', modelOf(99, [node('Relu', ['x'])]), /operator set 99 is too new/],
    [
      'operators without a counterpart',
      modelOf(24, [node('Attention', ['x', 'x', 'x'])]),
      /'Attention' .*down to set 21/,
    ],
    [
      'statistics for every position',
      modelOf(7, [node('BatchNormalization', ['x', 'x', 'x', 'x', 'x'], { spatial: int(0) })]),
      /spatial=0/,
    ],
    ['operators that never were', modelOf(12, [node('Rectify', ['x'])]), /has no Rectify \(node 'Rectify'\)/],
  ])('refuses %s', (_, model, message) => expect(() => normalise(model)).toThrow(message));

  it('leaves other domains and the target set alone', () => {
    const model = modelOf(21, [node('Relu', ['x'])]);
    expect(normalise(model).graph).toBe(model.graph);
    const odd = { ...node('Clip', ['x'], { min: real(0) }), domain: 'com.example' };
    const other = { ...modelOf(7, [odd]), opsets: { '': 7, 'com.example': 1 } };
    expect(normalise(other).graph.nodes).toEqual([odd]);
  });
});
