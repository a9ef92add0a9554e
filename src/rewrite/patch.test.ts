import { describe, expect, it } from 'vitest';
import { randomModel, WIDTH } from '../../test/support/random-graph.ts';
import { randomTensor, runModel } from '../../test/support/run-model.ts';
import { GraphBuilder, type Model, type Node } from '../onnx/index.ts';
import { eliminateDeadCode } from './passes/eliminate-dead-code.ts';
import { eliminateIdentity } from './passes/eliminate-identity.ts';
import { renameTensors } from './passes/rename-tensors.ts';
import { applyPatch } from './patch.ts';
import { RewriteError, runPasses } from './rewriter.ts';

function chain(...ops: string[]): Model {
  const b = new GraphBuilder();
  let x = b.input('x', 'float32', ['N', 4]);
  for (const [place, op] of ops.entries())
    x = b.node(op, [x], {}, { outputs: [place === ops.length - 1 ? 'y' : `t${place}`], name: `n${place}` });
  b.output('y', 'float32', ['N', 4]);
  return b.build();
}

const relu = (name: string, from: string, to: string): Node => ({
  name,
  op: 'Relu',
  domain: '',
  inputs: [from],
  outputs: [to],
  attributes: {},
});

describe('applyPatch', () => {
  it('puts nodes where what they read is ready', () => {
    const model = chain('Tanh', 'Neg');
    const patched = applyPatch(model, {
      label: 'insert',
      add: [relu('new', 't0', 'fresh')],
      remove: [model.graph.nodes[1]!],
      redirect: new Map(),
      outputs: [{ name: 'fresh' }],
    });
    expect(patched.graph.nodes.map((node) => node.op)).toEqual(['Tanh', 'Relu']);
    const before = applyPatch(model, {
      label: 'insert',
      add: [relu('new', 'x', 'fresh')],
      redirect: new Map([['x', 'fresh']]),
    });
    expect(before.graph.nodes.map((node) => node.op)).toEqual(['Relu', 'Tanh', 'Neg']);
  });

  it('names the patch and the node when the graph would break', () => {
    const model = chain('Tanh', 'Neg');
    expect(() => applyPatch(model, { label: 'cut too much', remove: [model.graph.nodes[0]!] })).toThrow(
      "Cannot cut too much at Neg node 'n1': nothing would make the tensor 't0'",
    );
    expect(() => applyPatch(model, { label: 'double', add: [relu('again', 'x', 't0')] })).toThrow(
      /Cannot double at Relu node 'again'.*made twice/,
    );
    expect(() => applyPatch(model, { label: 'lose', remove: [model.graph.nodes[1]!] })).toThrow(
      "nothing would make the output 'y'",
    );
    const loop = [relu('a', 'q', 'p'), relu('b', 'p', 'q')];
    expect(() => applyPatch(model, { label: 'loop', add: loop })).toThrow(/Cannot loop/);
  });

  it('reaches into the bodies of If, but not over names they define themselves', () => {
    const body = (reads: string, defines: string) => ({
      name: 'body',
      inputs: [],
      outputs: [{ name: 'result' }],
      nodes: [relu('first', reads, defines), relu('second', 'old', 'result')],
      initializers: {},
      valueInfo: {},
    });
    const branch: Node = {
      name: 'if',
      op: 'If',
      domain: '',
      inputs: ['condition'],
      outputs: ['y'],
      attributes: {
        then_branch: { kind: 'graph', value: body('old', 'other') },
        else_branch: { kind: 'graph', value: body('other input', 'old') },
      },
    };
    const named = (name: string) => ({ name });
    const graph = {
      name: 'g',
      inputs: ['old', 'new', 'condition', 'other input'].map(named),
      outputs: [named('y')],
      nodes: [branch],
      initializers: {},
      valueInfo: {},
    };
    const model: Model = {
      irVersion: 8,
      opsets: { '': 17 },
      producerName: '',
      producerVersion: '',
      metadata: {},
      graph,
    };
    const [patched] = applyPatch(model, { label: 'redirect', redirect: new Map([['old', 'new']]) }).graph.nodes;
    const readsOf = (key: string): unknown => {
      const attribute = patched!.attributes[key];
      return attribute?.kind === 'graph' && attribute.value.nodes.map((node) => node.inputs[0]);
    };
    expect(readsOf('then_branch')).toEqual(['new', 'new']);
    expect(readsOf('else_branch')).toEqual(['other input', 'old']);
  });
});

describe('runPasses', () => {
  it('runs in order and says which pass failed', () => {
    const fail = {
      name: 'do the impossible',
      run: () => {
        throw new Error('no');
      },
    };
    expect(() => runPasses(chain('Relu'), [fail])).toThrow(new RewriteError('do the impossible', 'no').message);
    expect(
      runPasses(chain('Identity', 'Relu'), [{ name: 'eliminate identity', run: eliminateIdentity }]).graph.nodes,
    ).toHaveLength(1);
  });
});

describe('eliminateIdentity', () => {
  it('takes chains of Identity and Dropout out, and keeps the names of outputs', () => {
    const model = eliminateIdentity(chain('Dropout', 'Identity', 'Relu', 'Identity'));
    expect(model.graph.nodes.map((node) => [node.op, node.inputs[0], node.outputs[0]])).toEqual([
      ['Relu', 'x', 't2'],
      ['Identity', 't2', 'y'],
    ]);
  });

  it('keeps a Dropout that trains', () => {
    const b = new GraphBuilder();
    const x = b.input('x', 'float32', ['N', 4]);
    const training = b.constant({ dtype: 'bool', dims: [], data: Uint8Array.of(1) });
    b.node('Relu', [b.node('Dropout', [x, '', training])], {}, { outputs: ['y'] });
    b.output('y', 'float32', ['N', 4]);
    expect(eliminateIdentity(b.build()).graph.nodes).toHaveLength(2);
  });
});

describe('eliminateDeadCode, eliminateIdentity and renameTensors', () => {
  it('do not change what random networks compute', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const model = randomModel(seed, 15);
      const feeds = { x: randomTensor([2, WIDTH], seed), mask: randomTensor([2, WIDTH], seed + 99) };
      const wanted = (await runModel(model, feeds)).y;
      const lean = eliminateIdentity(eliminateDeadCode(model));
      expect((await runModel(lean, feeds)).y).toEqual(wanted);
      expect(eliminateDeadCode(lean)).toBe(lean);
      const renamed = renameTensors(
        lean,
        new Map([
          ['x', 'image'],
          ['y', 'logits'],
        ]),
      );
      expect((await runModel(renamed, { image: feeds.x, mask: feeds.mask })).logits).toEqual(wanted);
    }
  });

  it('refuse names that are taken or missing', () => {
    expect(() => renameTensors(chain('Relu', 'Neg'), new Map([['x', 't0']]))).toThrow("the name 't0' is in use");
    expect(() => renameTensors(chain('Relu'), new Map([['z', 'q']]))).toThrow("there is no tensor 'z'");
  });
});
