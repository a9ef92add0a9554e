/** Exit codes of the command line, one meaning everywhere: 1 a defect of ours, 2 bad usage or input, 3 the budget is too small. */
export type ExitCode = 1 | 2 | 3;

export interface ErrorDetails {
  /** What the user can do about it, an imperative sentence. */
  readonly fix?: string;
  readonly cause?: unknown;
}

/**
 * The one error class that reaches users. The message says what failed and where; `fix` says what to do.
 *
 * @example
 * throw new InputError('Cannot read photos/ants/3.jpg: not an image (first bytes 00 00)', { fix: 'Remove the file' });
 */
export class GraftError extends Error {
  override readonly name: string = 'GraftError';
  readonly exitCode: ExitCode = 1;
  readonly fix: string | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.fix = details.fix;
  }
}

/** The command or the call was wrong: an unknown flag, a contradiction, a missing argument. */
export class UsageError extends GraftError {
  override readonly name = 'UsageError';
  override readonly exitCode = 2;
}

/** What came from outside is wrong: a file that cannot be read, a label column that is missing, a hostile archive. */
export class InputError extends GraftError {
  override readonly name = 'InputError';
  override readonly exitCode = 2;
}

/** The budget ends before anything useful could be made. */
export class BudgetError extends GraftError {
  override readonly name = 'BudgetError';
  override readonly exitCode = 3;
}

/** The user pressed Ctrl-C, or the caller's signal was aborted. Nothing is lost; the same call resumes. */
export class AbortedError extends GraftError {
  override readonly name = 'AbortedError';
  override readonly exitCode = 1;
}

/** A short text for any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
