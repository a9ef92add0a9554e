import { type TransferListItem, Worker } from 'node:worker_threads';
import { GraftError, workerUrl } from '../base/index.ts';
import { type ThreadError, unpackError } from './thread-error.ts';

/** Sent to a worker to end it, and from a worker that cannot go on. */
export const CLOSE = 'close';

/**
 * A worker thread that runs native code.
 *
 * It is never terminated from outside: `worker.terminate()` and `process.exit()` wait for the native call in progress,
 * and onnxruntime then aborts the process, because it cannot hand its result to an engine that is being torn down
 * (measured: 13 s for a 13 s run, exit status 134). A thread is asked to end and does so after the call in progress.
 */
export interface Thread<In, Out> {
  send(message: In, transfer?: readonly TransferListItem[]): void;
  onMessage(listener: (message: Out) => void): void;
  /** Called at most once, with the reason, when the thread ended without being asked to. */
  onFailure(listener: (error: Error) => void): void;
  /** Asks the thread to end. Resolves once it is gone. */
  close(): Promise<void>;
}

export interface ThreadOptions {
  /** Memory for the thread's short-lived objects. V8 lets it grow to about 48 MB in a thread that works for long. */
  readonly youngGenerationMb?: number;
}

/** A worker's last word when it fails as a whole. */
interface ThreadFailure {
  readonly failure: ThreadError;
}

// Threads belong to the process, like its exit: whoever ends the process has to know of all of them.
const running = new Set<Promise<void>>();

/**
 * Starts a worker thread. Its script must handle the message `CLOSE` by letting its event loop run dry.
 *
 * @param script as `workerUrl` takes it
 * @param data its `workerData`
 */
export function startThread<In, Out>(script: string, data: unknown, options: ThreadOptions = {}): Thread<In, Out> {
  const worker = new Worker(workerUrl(script), {
    workerData: data,
    // The script is a plain module: the parent's flags (a loader, --input-type) would only slow it down or stop it.
    execArgv: [],
    ...(options.youngGenerationMb !== undefined && {
      resourceLimits: { maxYoungGenerationSizeMb: options.youngGenerationMb },
    }),
  });
  let closing = false;
  let failure: Error | undefined;
  const listeners: ((error: Error) => void)[] = [];
  const fail = (error: Error) => {
    if (failure !== undefined) return;
    failure = error;
    for (const listener of listeners) listener(error);
  };
  const gone = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      running.delete(gone);
      if (!closing) fail(new GraftError(`The worker thread ${script} ended early`));
      resolve();
    });
  });
  running.add(gone);
  worker.on('error', (error) => fail(error instanceof Error ? error : new GraftError(String(error))));
  worker.on('message', (message: ThreadFailure | object) => {
    if ('failure' in message) fail(unpackError(message.failure));
  });
  return {
    send(message, list = []) {
      worker.postMessage(message, [...list]);
    },
    onMessage(listener) {
      worker.on('message', (message: Out & object) => {
        if (!('failure' in message)) listener(message);
      });
    },
    onFailure(listener) {
      if (failure === undefined) listeners.push(listener);
      else listener(failure);
    },
    close() {
      if (!closing) worker.postMessage(CLOSE);
      closing = true;
      return gone;
    },
  };
}

/**
 * Resolves when every worker thread of the runtime is gone, or after the given time.
 *
 * @returns whether all of them are gone
 */
export async function threadsGone(milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const gone = Promise.all(running).then(() => true);
  const result = await Promise.race([gone, late]);
  clearTimeout(timer);
  return result;
}
