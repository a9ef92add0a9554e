/** One step of a run as it goes on: plain data, so that a terminal, a log or a web page can show it. */
export interface Progress {
  /** What is being done, for example `Reading images`. */
  readonly step: string;
  /** Units done, of `total` where it is known. */
  readonly done: number;
  readonly total?: number;
  /** What is counted: `images`, `candidates`. */
  readonly unit?: string;
  readonly note?: string;
}

/** Receives progress. Called often; it must be cheap. */
export type Report = (progress: Progress) => void;

/** What every long operation takes: how to stop it, when it must be over, and whom to tell. */
export interface Context {
  readonly seed: number;
  /** Milliseconds since the epoch at which the caller wants its answer; Infinity without a budget. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  readonly report: Report;
}

/**
 * A context for callers that need none: seed 0, no deadline, never aborted, silent.
 *
 * @example
 * const context = quietContext({ seed: 7 });
 */
export function quietContext(overrides: Partial<Context> = {}): Context {
  return {
    seed: 0,
    deadline: Number.POSITIVE_INFINITY,
    signal: new AbortController().signal,
    report: () => {},
    ...overrides,
  };
}
