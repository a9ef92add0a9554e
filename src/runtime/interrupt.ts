/**
 * Ends the process at once as if the signal had not been handled (exit status 130 for SIGINT), even while native code
 * runs in other threads: `process.exit()` would wait for that and then crash. Nothing of ours needs a last word, since
 * what is on disk is valid at every moment. To be called on the main thread.
 *
 * @example
 * process.once('SIGINT', () => {
 *   process.stderr.write('Stopped. The same command goes on from here.\n');
 *   dieOf('SIGINT');
 * });
 */
export function dieOf(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
