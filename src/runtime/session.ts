import * as ort from 'onnxruntime-node';
import { GraftError, InputError, messageOf, UsageError } from '../base/index.ts';
import { type Device, knownDevices, parseDevice } from './device.ts';
import { fromRuntime, type Tensors, toRuntime } from './tensors.ts';

export interface SessionOptions {
  /** Default `cpu`. */
  readonly device?: Device;
  /** Threads within one run; default 1. More sessions of one thread beat fewer of several (docs/decisions). */
  readonly threads?: number;
  /** Whether idle threads spin. Off by default: −4 % alone, +4 … 25 % when decoding shares the cores (measured). */
  readonly spinning?: boolean;
  /** Whether the runtime optimises the graph on opening; default true. */
  readonly optimise?: boolean;
  /** Which model this is, for messages. */
  readonly title?: string;
}

/** A graph, ready to run. */
export interface Session {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /**
   * Runs the graph once. The calling thread is blocked meanwhile: on a thread that must answer, use `openWorkerSession`.
   *
   * @param feeds a tensor for every input; shared with the runtime, not copied
   * @param outputs the outputs wanted; all if left out
   */
  run(feeds: Tensors, outputs?: readonly string[]): Promise<Tensors>;
  /** Gives the memory back; the session is of no use afterwards. */
  release(): Promise<void>;
}

/**
 * Opens a model in this thread.
 *
 * @param model the bytes of an ONNX file (shorter than 2 GB), or its path
 * @throws UsageError when the device is not there; InputError when the model cannot be run
 * @example
 * const session = await openSession(writeModel(model), { threads: 2 });
 * const { y } = await session.run({ x: float32([1, 2], [3, 4]) });
 * await session.release();
 */
export async function openSession(model: Uint8Array | string, options: SessionOptions = {}): Promise<Session> {
  const device = parseDevice(options.device ?? 'cpu');
  const native = await create(model, device, options);
  let released = false;
  return {
    inputs: native.inputNames,
    outputs: native.outputNames,
    async run(feeds, outputs) {
      if (released) throw new GraftError('Cannot run a session after its release');
      const given: Record<string, ort.Tensor> = {};
      for (const [name, tensor] of Object.entries(feeds)) given[name] = toRuntime(name, tensor);
      const got = await (outputs === undefined ? native.run(given) : native.run(given, outputs)).catch((error) => {
        throw new GraftError(`Cannot run ${options.title ?? 'the graph'}: ${firstLine(error)}`, { cause: error });
      });
      const tensors: Record<string, ReturnType<typeof fromRuntime>> = {};
      for (const [name, value] of Object.entries(got)) {
        if (!(value instanceof ort.Tensor)) throw new GraftError(`Cannot read the output '${name}': not a tensor`);
        tensors[name] = fromRuntime(name, value);
      }
      return tensors;
    },
    async release() {
      if (released) return;
      released = true;
      await native.release();
    },
  };
}

async function create(
  model: Uint8Array | string,
  device: Device,
  options: SessionOptions,
): Promise<ort.InferenceSession> {
  const settings: ort.InferenceSession.SessionOptions = {
    executionProviders: [device],
    intraOpNumThreads: options.threads ?? 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: options.optimise === false ? 'disabled' : 'all',
    logSeverityLevel: 4,
    extra: { session: { intra_op: { allow_spinning: options.spinning === true ? '1' : '0' } } },
  };
  try {
    return await (typeof model === 'string'
      ? ort.InferenceSession.create(model, settings)
      : ort.InferenceSession.create(model, settings));
  } catch (error) {
    const title = options.title ?? (typeof model === 'string' ? model : 'the model');
    if (device === 'cpu') {
      throw new InputError(`Cannot open ${title}: ${firstLine(error)}`, {
        fix: 'Check that it is a valid ONNX file of known operators',
        cause: error,
      });
    }
    throw new UsageError(`Cannot open ${title} on ${device}: ${firstLine(error)}`, {
      fix: `Install what ${device} needs, or pass --device cpu (known here: ${knownDevices().join(', ')})`,
      cause: error,
    });
  }
}

/** The runtime's messages name its own source files first; what matters to a user is one line. */
function firstLine(error: unknown): string {
  const [line = ''] = messageOf(error).split('\n');
  return line.replace(/^.*\/onnxruntime\/\S+:\d+ /, '').trim();
}
