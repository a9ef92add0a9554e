import { UsageError } from '../../base/index.ts';
import { normalQuantile } from '../math/normal.ts';
import { DEFAULT_LEVEL, type Interval } from './interval.ts';

/**
 * Wilson's score interval of a proportion (Journal of the American Statistical Association 22, 1927): sensible at 0, at
 * 1 and for few examples. `successes` and `total` need not be whole numbers (an effective sample size).
 *
 * @example
 * wilson(94, 100); // { low: 0.875, high: 0.972 }
 */
export function wilson(successes: number, total: number, level: number = DEFAULT_LEVEL): Interval {
  if (!(total >= 0 && successes >= 0 && successes <= total)) {
    throw new UsageError(`Cannot give an interval for ${successes} of ${total}: a proportion lies between 0 and 1`);
  }
  if (!(level > 0 && level < 1))
    throw new UsageError(`Cannot give an interval of level ${level}: it lies between 0 and 1`);
  if (total === 0) return { low: 0, high: 1 };
  const share = successes / total;
  const z2 = normalQuantile(0.5 + level / 2) ** 2;
  const centre = (share + z2 / (2 * total)) / (1 + z2 / total);
  const half = Math.sqrt(z2 * ((share * (1 - share)) / total + z2 / (4 * total * total))) / (1 + z2 / total);
  return {
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === total ? 1 : Math.min(1, centre + half),
  };
}
