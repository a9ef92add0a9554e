import { AbortedError, type Context } from '../base/index.ts';

/**
 * Whether a loop may go on: false once the deadline has passed, so that it returns what it has.
 *
 * @throws AbortedError when the caller aborted
 */
export function mayContinue(context: Context): boolean {
  if (context.signal.aborted) throw new AbortedError('Stopped while fitting a head: the caller asked for it');
  return Date.now() < context.deadline;
}

/**
 * Gives the event loop a turn, so that timers, messages and an abort that was sent meanwhile are seen, and then says
 * whether to go on.
 *
 * @throws AbortedError when the caller aborted
 */
export async function breathe(context: Context): Promise<boolean> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  return mayContinue(context);
}
