import { BudgetError, formatDuration } from '../base/index.ts';

/** Share of the budget kept for refitting, writing and checking the model, and its least in milliseconds. */
const RESERVE_SHARE = 0.1;
const RESERVE_LEAST = 1500;

/** What is left of the wall clock. */
export class Budget {
  readonly startedAt: number;
  readonly end: number;

  constructor(budget: number | undefined, startedAt: number = Date.now()) {
    this.startedAt = startedAt;
    this.end = budget === undefined ? Number.POSITIVE_INFINITY : startedAt + budget;
  }

  /** When comparing must be over, so that the best so far can still be finished. */
  get comparingEnds(): number {
    if (this.end === Number.POSITIVE_INFINITY) return this.end;
    return this.end - Math.max(RESERVE_LEAST, RESERVE_SHARE * (this.end - this.startedAt));
  }

  /** Seconds since the run began. */
  seconds(now: number = Date.now()): number {
    return (now - this.startedAt) / 1000;
  }

  /** Whether work of so many seconds can be done before comparing must be over. */
  allows(seconds: number, now: number = Date.now()): boolean {
    return now + seconds * 1000 <= this.comparingEnds;
  }

  /** The error for a budget that not even one candidate fits in. */
  tooSmall(needed: number): BudgetError {
    return new BudgetError(
      `The budget of ${formatDuration(this.end - this.startedAt)} is too small for one candidate, which needs about ${formatDuration(needed * 1000)}`,
      {
        fix: `Pass --budget ${Math.ceil(needed * 1.2)}s or more; what was computed so far is kept and makes the next run faster`,
      },
    );
  }
}
