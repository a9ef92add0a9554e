import { AbortedError, type Context, type Progress } from '../base/index.ts';
import { startThread, type ThreadError, unpackError } from '../runtime/index.ts';
import type { UseCases } from './worker.ts';

/** What the thread of a use case sends back. */
export type FromWorker =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: ThreadError };

/** What it is sent. */
export type ToWorker = 'abort';

/** How a caller follows and stops a use case. */
export interface Follow {
  readonly signal?: AbortSignal;
  readonly report?: Context['report'];
}

/**
 * Runs a use case in a worker thread: a native run blocks its thread, and progress, Ctrl-C and budgets must not wait for
 * it. The caller's thread stays free.
 */
export function offload<Name extends keyof UseCases>(
  name: Name,
  options: Parameters<UseCases[Name]>[0],
  follow: Follow = {},
): Promise<Awaited<ReturnType<UseCases[Name]>>> {
  const { signal, report } = follow;
  if (signal?.aborted) return Promise.reject(new AbortedError('Stopped before it began'));
  const thread = startThread<ToWorker, FromWorker>('app/worker', { name, options });
  const abort = () => thread.send('abort');
  signal?.addEventListener('abort', abort, { once: true });
  const outcome = new Promise<Awaited<ReturnType<UseCases[Name]>>>((resolve, reject) => {
    thread.onFailure(reject);
    thread.onMessage((message) => {
      if (message.kind === 'progress') report?.(message.progress);
      else if (message.kind === 'result') resolve(message.value as Awaited<ReturnType<UseCases[Name]>>);
      else reject(unpackError(message.error));
    });
  });
  return outcome.finally(() => {
    signal?.removeEventListener('abort', abort);
    void thread.close();
  });
}
