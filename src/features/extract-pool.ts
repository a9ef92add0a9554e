import { GraftError } from '../base/index.ts';
import { startThread, type Thread, unpackError } from '../runtime/index.ts';
import type { ExtractThreadData, FromExtractThread, ToExtractThread } from './extract-thread.ts';

export type Outcome = Extract<FromExtractThread, { kind: 'codes' | 'unreadable' }>;

/** Worker threads that decode images and run the network on them. */
export interface ExtractPool {
  /** Turns one image into codes, in the given worker. Moves the bytes there if it can. */
  compute(worker: number, bytes: Uint8Array): Promise<Outcome>;
  /** Ends the workers after the calls in progress; what was waiting is rejected. */
  close(): Promise<void>;
}

/** Keeps memory the same after 20,000 images as after 2,000: 263 and 260 MB, where V8's choice gave 300 and 257 (measured). */
const YOUNG_GENERATION_MB = 8;

interface Waiting {
  resolve(outcome: Outcome): void;
  reject(error: Error): void;
}

export function startPool(workers: number, data: ExtractThreadData): ExtractPool {
  const waiting = new Map<number, Waiting>();
  let failed: Error | undefined;
  const fail = (error: Error) => {
    failed ??= error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const threads = Array.from({ length: workers }, () => {
    const thread: Thread<ToExtractThread, FromExtractThread> = startThread('features/extract-thread', data, {
      youngGenerationMb: YOUNG_GENERATION_MB,
    });
    thread.onFailure(fail);
    thread.onMessage((message) => {
      const entry = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.kind === 'error') entry?.reject(unpackError(message.error));
      else entry?.resolve(message);
    });
    return thread;
  });
  let sent = 0;
  return {
    compute(worker, bytes) {
      if (failed !== undefined) return Promise.reject(failed);
      const id = sent++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        // A pooled Buffer is a part of memory that others use: it is copied.
        const whole = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
        threads[worker % threads.length]!.send({ id, bytes }, whole ? [bytes.buffer as ArrayBuffer] : []);
      });
    },
    async close() {
      fail(new GraftError('The extraction was closed'));
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}
