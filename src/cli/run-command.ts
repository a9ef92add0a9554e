import { GraftError, messageOf, type Report } from '../base/index.ts';
import { dieOf, threadsGone } from '../runtime/index.ts';
import { openTerminal } from './terminal.ts';

export interface Follow {
  readonly signal: AbortSignal;
  readonly report: Report;
}

/**
 * Runs one command: progress on standard error, the result on standard output, an exit code that tells the truth. Ctrl-C
 * ends it at once: whatever was computed is in the cache already, written atomically.
 *
 * @param work does the command's job
 * @param show turns the result into the text for people; `--json` prints the plain result instead
 * @param plain what `--json` prints; what it leaves out is told by `aside` on standard error
 */
export async function runCommand<Result>(
  json: boolean,
  work: (follow: Follow) => Promise<Result>,
  show: (result: Result, width: number) => string,
  plain: (result: Result) => unknown = (result) => result,
  aside: (result: Result) => string = () => '',
): Promise<void> {
  const terminal = openTerminal(process.stderr);
  const controller = new AbortController();
  const interrupt = (name: 'SIGINT' | 'SIGTERM') => {
    controller.abort();
    terminal.close();
    process.stderr.write('Stopped. What was computed so far is kept; the same command goes on from there.\n');
    dieOf(name);
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const result = await work({ signal: controller.signal, report: terminal.report });
    terminal.close();
    const told = json ? aside(result) : '';
    if (told !== '') process.stderr.write(`${printable(told)}\n`);
    await write(json ? JSON.stringify(plain(result)) : printable(show(result, process.stdout.columns ?? 100)));
    await leave(0);
  } catch (error) {
    terminal.close();
    process.stderr.write(`${printable(errorText(error))}\n`);
    await leave(error instanceof GraftError ? error.exitCode : 1);
  }
}

/** `graft: what happened. What to do.` A defect of ours shows its stack, for the report that we ask for. */
function errorText(error: unknown): string {
  if (error instanceof GraftError) {
    const stop = /[.!?]$/.test(error.message) ? '' : '.';
    return `graft: ${error.message}${stop}${error.fix === undefined ? '' : ` ${error.fix}.`.replace('..', '.')}`;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
  return `graft: an unexpected error, which is a defect of graftwork. Please report it with these lines:\n${stack}`;
}

function write(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${text}\n`, () => resolve()));
}

/** The longest wait for worker threads at the end; a batch takes far less. */
const PATIENCE_MS = 5000;

/** Native code must not be cut off in its thread (see `startThread`), so the exit waits for the call in progress. */
async function leave(code: number): Promise<void> {
  process.exitCode = code;
  await threadsGone(PATIENCE_MS);
  process.exit();
}

/** File names and labels of strangers may hold control characters, which a terminal would obey. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be removed
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
}
