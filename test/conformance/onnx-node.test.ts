import ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../src/base/index.ts';
import {
  checkModel,
  inferShapes,
  initializerOf,
  lookup,
  type Model,
  normalise,
  numbersOf,
  readModel,
  recordOf,
  writeModel,
} from '../../src/onnx/index.ts';
import { operatorOf } from '../../src/onnx/ops/index.ts';
import { DATA_DEPENDENT, MISRECORDED_TYPE, RANDOM, REFUSED, RUNTIME_DIFFERS } from './onnx-node-exceptions.ts';
import { type NodeCase, readNodeCases } from './onnx-node-pack.ts';

// The official ONNX backend node tests, opsets 1 to 28, of every operator they have.
// Tolerances: relative 1e-3 as ONNX's own runner; absolute 1e-6 of the largest value, as a Fourier transform in float32 needs.
const RELATIVE = 1e-3;
const ABSOLUTE = 1e-6;

const QUIET: ort.InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'disabled',
  logSeverityLevel: 4,
};

ort.env.logLevel = 'error';

const cases = readNodeCases();

const byOperator = new Map<string, NodeCase[]>();
for (const item of cases) {
  const operator = readModel(item.model).graph.nodes.at(-1)?.op ?? 'none';
  byOperator.set(operator, [...(byOperator.get(operator) ?? []), item]);
}

describe.each([...byOperator])('%s', (_, items) => {
  it('is read, checked and written back the same', () =>
    each(items, (item) => {
      const model = readModel(item.model);
      checkModel(model);
      expect(readModel(writeModel(model))).toStrictEqual(model);
    }));

  it('has the recorded types and shapes', () => each(items, (item) => expectShapes(item, readModel(item.model))));

  it('means the same in the target operator set', () =>
    each(items, async (item) => {
      const model = readModel(item.model);
      const title = titleOf(item);
      if (REFUSED.some(({ name, error }) => name.test(title) && error.test(errorOf(() => normalise(model))))) return;
      const normal = normalise(withConstantScales(model, item));
      checkModel(normal);
      expectShapes(item, normal);
      if (!isRunnable(item) || RANDOM.some(({ name }) => name.test(title))) return;
      const result = await run(writeModel(normal), item);
      if (!RUNTIME_DIFFERS.some(({ name }) => name.test(title))) return expectEqual(result, item.outputs);
      const original = await run(item.model, item);
      if (typeof result === 'string') expect(typeof original, result).toBe('string');
      else expectEqual(original, result);
    }));
});

describe('exceptions', () => {
  it.each([...REFUSED, ...RUNTIME_DIFFERS, ...RANDOM])('$reason: is about a recorded test', ({ name }) => {
    expect(cases.some((item) => name.test(titleOf(item)))).toBe(true);
  });
});

function titleOf(item: NodeCase): string {
  return `${item.name} ${item.release}`;
}

/** Runs a check on every test of an operator, and names all that fail. */
async function each(items: readonly NodeCase[], check: (item: NodeCase) => void | Promise<void>): Promise<void> {
  const failures: string[] = [];
  for (const item of items) {
    try {
      await check(item);
    } catch (error) {
      failures.push(`${titleOf(item)}: ${error instanceof Error ? error.message : error}`);
    }
  }
  expect(failures).toEqual([]);
}

/** Real models have constant scales; without them the rule for Resize of operator set 10 cannot tell up from down. */
function withConstantScales(model: Model, item: NodeCase): Model {
  const scales = item.inputs[1];
  const [x, other] = model.graph.inputs;
  if (model.graph.nodes[0]?.op !== 'Resize' || model.opsets[''] !== 10 || !scales || !x || !other) return model;
  return {
    ...model,
    graph: { ...model.graph, inputs: [x], initializers: recordOf([[other.name, initializerOf(scales)]]) },
  };
}

/** With all inputs known, the rules tell everything, without what the file states of its outputs. */
function expectShapes(item: NodeCase, model: Model): void {
  const { graph } = model;
  if (!graph.nodes.every((node) => operatorOf(node.op)) || item.inputs.includes(undefined)) return;
  const stored = graph.inputs.flatMap((info, index) => {
    const tensor = item.inputs[index];
    return tensor ? [[info.name, initializerOf(tensor)] as const] : [];
  });
  const outputs = graph.outputs.map(({ name }) => ({ name }));
  const initializers = recordOf([...Object.entries(graph.initializers), ...stored]);
  const types = inferShapes({ ...model, graph: { ...graph, inputs: [], outputs, initializers, valueInfo: {} } });
  const open = graph.nodes.some(({ op }) => DATA_DEPENDENT.has(op));
  for (const [index, { name }] of graph.outputs.entries()) {
    const recorded = item.outputs[index];
    const found = types.get(name);
    if (recorded === undefined) continue;
    if (!MISRECORDED_TYPE.test(item.name)) expect(found?.dtype, name).toBe(recorded.dtype);
    const shape = found?.shape?.map((dim, axis) => (open && dim === null ? recorded.dims[axis] : dim));
    expect(shape, name).toEqual(recorded.dims);
  }
}

function isRunnable({ inputs, outputs }: NodeCase): boolean {
  return [...inputs, ...outputs].every((tensor) => tensor !== undefined && tensor.dtype !== 'bfloat16');
}

/** The outputs in order, or the error's message. */
async function run(model: Uint8Array, item: NodeCase): Promise<readonly Tensor[] | string> {
  try {
    const session = await ort.InferenceSession.create(model, QUIET);
    const names = readModel(item.model).graph.inputs.map(({ name }) => name);
    const feeds: Record<string, ort.Tensor> = {};
    for (const [index, name] of names.entries()) {
      const tensor = item.inputs[index];
      if (tensor && session.inputNames.includes(name)) feeds[name] = toRuntime(tensor);
    }
    const results = await session.run(feeds, { logSeverityLevel: 4 });
    await session.release();
    return session.outputNames.map((name, index) => fromRuntime(lookup(results, name)!, item.outputs[index]!));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function toRuntime({ dtype, data, dims }: Tensor): ort.Tensor {
  return new ort.Tensor(dtype as 'float32', data as Float32Array, dims);
}

function fromRuntime(tensor: ort.Tensor, like: Tensor): Tensor {
  expect(tensor.type).toBe(like.dtype);
  return { dtype: like.dtype, dims: [...tensor.dims], data: tensor.data as Tensor['data'] };
}

function expectEqual(results: readonly Tensor[] | string, recorded: readonly (Tensor | undefined)[]): void {
  expect(typeof results, String(results)).not.toBe('string');
  if (typeof results === 'string') return;
  for (const [index, wanted] of recorded.entries()) {
    const found = results[index]!;
    if (wanted === undefined) continue;
    expect(found.dims).toEqual(wanted.dims);
    if (wanted.dtype === 'string') expect([...found.data]).toEqual([...wanted.data]);
    else expect(distance(numbersOf(found), numbersOf(wanted))).toBeLessThanOrEqual(1);
  }
}

/** The largest deviation, in units of the tolerance. */
function distance(found: Float64Array, wanted: Float64Array): number {
  const finite = wanted.filter(Number.isFinite).map(Math.abs);
  const largest = finite.reduce((most, value) => Math.max(most, value), 0.1);
  return wanted.reduce((worst, value, index) => {
    const other = found[index]!;
    if (Object.is(value, other) || value === other) return worst;
    const error = Math.abs(value - other) / (RELATIVE * Math.abs(value) + ABSOLUTE * largest);
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }, 0);
}

function errorOf(action: () => unknown): string {
  try {
    action();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
