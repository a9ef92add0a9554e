import type { Context } from '../base/index.ts';

/** What to throw when the time for a piece of work ends. */
export interface Endings {
  aborted(): Error;
  late(): Error;
}

/** Timers hold at most 2³¹ − 1 ms. */
const LONGEST_TIMER_MS = 0x7fff_ffff;

/** Settles with the work, or rejects as soon as the context's signal or deadline says so. */
export async function untilOver<T>(work: Promise<T>, context: Context, endings: Endings): Promise<T> {
  const { signal, deadline } = context;
  let timer: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  const over = new Promise<never>((_, reject) => {
    onAbort = () => reject(endings.aborted());
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const check = () => {
      const left = deadline - Date.now();
      if (left <= 0) reject(endings.late());
      else if (left < Number.POSITIVE_INFINITY) timer = setTimeout(check, Math.min(left, LONGEST_TIMER_MS));
    };
    check();
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Throws where the context's signal or deadline says that the work is over. */
export function throwIfOver(context: Context, endings: Endings): void {
  if (context.signal.aborted) throw endings.aborted();
  if (Date.now() >= context.deadline) throw endings.late();
}
