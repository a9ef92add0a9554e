import {
  AbortedError,
  BudgetError,
  type ErrorDetails,
  GraftError,
  InputError,
  messageOf,
  UsageError,
} from '../base/index.ts';

/** An error as plain data, to cross threads. */
export interface ThreadError {
  readonly name: string;
  readonly message: string;
  readonly fix: string | undefined;
}

export function packError(error: unknown): ThreadError {
  return {
    name: error instanceof Error ? error.name : 'Error',
    message: messageOf(error),
    fix: error instanceof GraftError ? error.fix : undefined,
  };
}

/** The same kind of error again, on the other side. */
export function unpackError(error: ThreadError): GraftError {
  const details: ErrorDetails = error.fix === undefined ? {} : { fix: error.fix };
  const kinds = { UsageError, InputError, BudgetError, AbortedError };
  const Kind = Object.hasOwn(kinds, error.name) ? kinds[error.name as keyof typeof kinds] : GraftError;
  return new Kind(error.message, details);
}
