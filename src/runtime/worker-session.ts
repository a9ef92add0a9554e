import { AbortedError, GraftError } from '../base/index.ts';
import type { SessionOptions } from './session.ts';
import type { FromSessionThread, SessionThreadData, ToSessionThread } from './session-thread.ts';
import { buffersOf, type Tensors } from './tensors.ts';
import { unpackError } from './thread-error.ts';
import { startThread } from './threads.ts';

/** How the tensors of one run travel, and what may end the wait for it. */
export interface WorkerRunOptions {
  readonly outputs?: readonly string[];
  /** Moves the feeds' memory to the worker instead of copying it: the caller's arrays are empty afterwards. */
  readonly move?: boolean;
  /** Ends the wait at once with an AbortedError. The native call itself goes on to its end, unseen. */
  readonly signal?: AbortSignal;
}

/** A session in a thread of its own: the calling thread stays free to answer Ctrl-C and deadlines. */
export interface WorkerSession {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Runs the graph once; runs are queued in order. Outputs are moved here, not copied. */
  run(feeds: Tensors, options?: WorkerRunOptions): Promise<Tensors>;
  /** Feeds for all later runs, kept in the worker: what does not change from run to run crosses over once. */
  keep(feeds: Tensors, options?: Pick<WorkerRunOptions, 'move'>): void;
  /** Ends the thread after the call in progress. Resolves once it is gone. */
  release(): Promise<void>;
}

/**
 * Opens a model in a worker thread.
 *
 * @param model the bytes of an ONNX file, or its path
 * @throws as `openSession`
 * @example
 * const session = await openWorkerSession(writeModel(model));
 * session.keep({ weights });
 * const { y } = await session.run({ x }, { signal: context.signal });
 * await session.release();
 */
export async function openWorkerSession(
  model: Uint8Array | string,
  options: SessionOptions = {},
): Promise<WorkerSession> {
  const data: SessionThreadData = { model, options };
  const thread = startThread<ToSessionThread, FromSessionThread>('runtime/session-thread', data);
  const waiting = new Map<number, { resolve(tensors: Tensors): void; reject(error: Error): void }>();
  let failed: Error | undefined;
  let released = false;
  const end = (error: Error) => {
    failed ??= error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };

  const opened = await new Promise<Extract<FromSessionThread, { kind: 'open' }>>((resolve, reject) => {
    thread.onFailure((error) => {
      reject(error);
      end(error);
    });
    thread.onMessage((message) => {
      if (message.kind === 'open') resolve(message);
      else if (message.kind === 'result') settle(message.id)?.resolve(message.tensors);
      else settle(message.id)?.reject(unpackError(message.error));
    });
  });

  function settle(id: number) {
    const entry = waiting.get(id);
    waiting.delete(id);
    return entry;
  }

  let runs = 0;
  return {
    inputs: opened.inputs,
    outputs: opened.outputs,
    async run(feeds, { outputs, move = false, signal } = {}) {
      if (released) throw new GraftError('Cannot run a session after its release');
      if (failed !== undefined) throw failed;
      if (signal?.aborted) throw new AbortedError('Stopped');
      const id = runs++;
      const result = new Promise<Tensors>((resolve, reject) => waiting.set(id, { resolve, reject }));
      const abort = () => settle(id)?.reject(new AbortedError('Stopped'));
      signal?.addEventListener('abort', abort, { once: true });
      try {
        thread.send({ kind: 'run', id, feeds, outputs }, move ? buffersOf(feeds) : []);
        return await result;
      } finally {
        waiting.delete(id);
        signal?.removeEventListener('abort', abort);
      }
    },
    keep(feeds, { move = false } = {}) {
      thread.send({ kind: 'keep', feeds }, move ? buffersOf(feeds) : []);
    },
    async release() {
      released = true;
      await thread.close();
      end(new GraftError('The session was released while a run was waiting'));
    },
  };
}
