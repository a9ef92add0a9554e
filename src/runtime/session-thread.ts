import { parentPort, workerData } from 'node:worker_threads';
import { openSession, type Session, type SessionOptions } from './session.ts';
import { buffersOf, type Tensors } from './tensors.ts';
import { packError, type ThreadError } from './thread-error.ts';
import { CLOSE } from './threads.ts';

export interface SessionThreadData {
  readonly model: Uint8Array | string;
  readonly options: SessionOptions;
}

export type ToSessionThread =
  | {
      readonly kind: 'run';
      readonly id: number;
      readonly feeds: Tensors;
      readonly outputs: readonly string[] | undefined;
    }
  | { readonly kind: 'keep'; readonly feeds: Tensors }
  | typeof CLOSE;

export type FromSessionThread =
  | { readonly kind: 'open'; readonly inputs: readonly string[]; readonly outputs: readonly string[] }
  | { readonly kind: 'result'; readonly id: number; readonly tensors: Tensors }
  | { readonly kind: 'error'; readonly id: number; readonly error: ThreadError };

const port = parentPort;
if (port !== null) {
  const { model, options } = workerData as SessionThreadData;
  const send = (message: FromSessionThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  const kept: Record<string, Tensors[string]> = {};

  const serve = async (session: Session, message: Exclude<ToSessionThread, typeof CLOSE>) => {
    if (message.kind === 'keep') {
      Object.assign(kept, message.feeds);
      return;
    }
    const { id, feeds, outputs } = message;
    try {
      const tensors = await session.run({ ...kept, ...feeds }, outputs);
      // An output that merely passes a kept input through must not take the kept memory along.
      const keep = new Set(buffersOf(kept));
      send(
        { kind: 'result', id, tensors },
        buffersOf(tensors).filter((buffer) => !keep.has(buffer)),
      );
    } catch (error) {
      send({ kind: 'error', id, error: packError(error) });
    }
  };

  try {
    const session = await openSession(model, options);
    // One at a time and in order, since a run blocks the thread anyway.
    let queue: Promise<void> = Promise.resolve();
    port.on('message', (message: ToSessionThread) => {
      queue = queue.then(async () => {
        if (message !== CLOSE) return serve(session, message);
        await session.release();
        port.close();
      });
    });
    send({ kind: 'open', inputs: session.inputs, outputs: session.outputs });
  } catch (error) {
    port.postMessage({ failure: packError(error) });
    port.close();
  }
}
