import { float32, Random } from '../../src/base/index.ts';
import { type Graph, type Initializer, initializerOf, type Model, type Node } from '../../src/onnx/index.ts';

/** Tensors of the random networks are [N, WIDTH]. */
export const WIDTH = 4;

const UNARY = ['Relu', 'Sigmoid', 'Tanh', 'Identity', 'Gemm'];
const BINARY = ['Add', 'Mul', 'Max'];

/**
 * A random network of small matrices: chains with forks and joins, one input `x`, one output `y`, some nodes that lead nowhere, some that start
 * from a constant or a second input `mask`. The same seed gives the same network.
 */
export function randomModel(seed: number, size: number): Model {
  const random = new Random(seed);
  const initializers: Record<string, Initializer> = {};
  const nodes: Node[] = [];
  const tensors = ['x'];
  const weight = (name: string, dims: readonly number[]): string => {
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal() * 0.5);
    initializers[name] = initializerOf(float32(dims, data));
    return name;
  };
  /** Mostly one of the last few tensors, so that the graph is deep, with waists. */
  const pick = (): string => tensors[Math.max(0, tensors.length - 1 - random.integer(random.next() < 0.7 ? 1 : 4))]!;
  for (let i = 0; i < size; i++) {
    const output = i === size - 1 ? 'y' : `t${i}`;
    const draw = random.next();
    let op: string;
    let inputs: string[];
    if (draw < 0.6) {
      op = UNARY[random.integer(UNARY.length)]!;
      inputs = [pick()];
      if (op === 'Gemm') inputs.push(weight(`w${i}`, [WIDTH, WIDTH]), weight(`b${i}`, [WIDTH]));
    } else if (draw < 0.75) {
      op = 'Add';
      inputs = [pick(), random.next() < 0.5 ? 'mask' : weight(`c${i}`, [1, WIDTH])];
    } else {
      op = BINARY[random.integer(BINARY.length)]!;
      inputs = [pick(), pick()];
    }
    nodes.push({ name: `node${i}`, op, domain: '', inputs, outputs: [output], attributes: {} });
    tensors.push(output);
  }
  const matrix = (name: string) => ({ name, dtype: 'float32' as const, shape: ['N', WIDTH] });
  const graph: Graph = {
    name: `random ${seed}`,
    inputs: [matrix('x'), matrix('mask')],
    outputs: [matrix('y')],
    nodes,
    initializers,
    valueInfo: {},
  };
  return { irVersion: 8, opsets: { '': 17 }, producerName: 'test', producerVersion: '', metadata: {}, graph };
}
