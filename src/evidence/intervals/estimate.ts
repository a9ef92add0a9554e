import type { Metric, Predictions } from '../metrics/metric.ts';
import { type BootstrapOptions, bootstrap } from './bootstrap.ts';
import { designEffect, groupsOf } from './groups.ts';
import { DEFAULT_LEVEL, type Estimate } from './interval.ts';
import { wilson } from './wilson.ts';

/**
 * A metric with its interval. Proportions get Wilson's interval, with groups that of the effective number of examples
 * (N divided by the design effect); all other metrics the bootstrap of groups.
 *
 * @example
 * estimate(accuracy, predictions); // { metric: 'accuracy', mean: 0.94, low: 0.875, high: 0.972 }
 * estimate(logLoss, predictions, { groups: duplicateOf, seed: 1 });
 */
export function estimate(metric: Metric, predictions: Predictions, options: BootstrapOptions = {}): Estimate {
  if (!metric.proportion || metric.perExample === undefined) return bootstrap(metric, predictions, options);
  return proportionOf(metric.id, metric.perExample(predictions), options);
}

/** The share of ones among values of 0 and 1, with its interval. */
export function proportionOf(
  metric: string,
  values: ArrayLike<number>,
  options: Pick<BootstrapOptions, 'groups' | 'level'> = {},
): Estimate {
  const rows = values.length;
  let ones = 0;
  for (let i = 0; i < rows; i++) ones += values[i]!;
  const mean = ones / rows;
  const effective = rows / designEffect(values, groupsOf(rows, options.groups));
  return { metric, mean, ...wilson(mean * effective, effective, options.level ?? DEFAULT_LEVEL) };
}
