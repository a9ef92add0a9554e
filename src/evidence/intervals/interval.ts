/** An interval of confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A metric with its interval: the shape that reports and JSON outputs show. */
export interface Estimate extends Interval {
  readonly metric: string;
  readonly mean: number;
}

/** The level of every interval unless the caller says otherwise. */
export const DEFAULT_LEVEL = 0.95;
