import { UsageError } from '../../base/index.ts';
import { type BootstrapOptions, bootstrapInterval } from '../intervals/bootstrap.ts';
import { designEffect, groupsOf } from '../intervals/groups.ts';
import { DEFAULT_LEVEL, type Estimate } from '../intervals/interval.ts';
import { normalQuantile } from '../math/normal.ts';
import type { ExampleValues } from '../selection/score-table.ts';

/**
 * Mean of `second − first` over the same examples with its interval, by bootstrap of groups (BCa): for losses and any
 * other per-example value.
 */
export function pairedDifference(
  first: ExampleValues,
  second: ExampleValues,
  options: BootstrapOptions = {},
): Estimate {
  const groups = groupsOf(first.length, options.groups);
  const differences = differencesOf(first, second);
  const score = (counts?: ArrayLike<number>): number => {
    let sum = 0;
    let total = 0;
    for (let i = 0; i < differences.length; i++) {
      const count = counts === undefined ? 1 : counts[i]!;
      sum += count * differences[i]!;
      total += count;
    }
    return sum / total;
  };
  const mean = score();
  return { metric: 'difference', mean, ...bootstrapInterval(score, groups, mean, options) };
}

export interface PairedProportions extends Estimate {
  /** Examples that only the first gets right. */
  readonly onlyFirst: number;
  /** Examples that only the second gets right. */
  readonly onlySecond: number;
  /** Effective share of discordant examples, one added to each kind: what a power calculation needs. */
  readonly discordance: number;
  /** How many rows are worth one independent example; 1 without groups. */
  readonly designEffect: number;
}

/**
 * Accuracy of the second minus that of the first on the same examples, with the adjusted Wald interval of Bonett and
 * Price (Journal of Educational and Behavioral Statistics 37, 2012): one is added to each discordant count, which keeps
 * the coverage where one or two images differ and a bootstrap would be far too short. Groups shrink the number of
 * examples by their design effect.
 */
export function pairedProportions(
  first: Uint8Array,
  second: Uint8Array,
  options: Pick<BootstrapOptions, 'groups' | 'level'> = {},
): PairedProportions {
  const differences = differencesOf(first, second);
  let onlyFirst = 0;
  let onlySecond = 0;
  for (const difference of differences) {
    if (difference > 0) onlySecond++;
    else if (difference < 0) onlyFirst++;
  }
  const rows = first.length;
  const effect = designEffect(differences, groupsOf(rows, options.groups));
  const total = rows / effect + 2;
  const shareFirst = (onlyFirst / effect + 1) / total;
  const shareSecond = (onlySecond / effect + 1) / total;
  const centre = shareSecond - shareFirst;
  const discordance = shareFirst + shareSecond;
  const z = normalQuantile(0.5 + (options.level ?? DEFAULT_LEVEL) / 2);
  const half = z * Math.sqrt((discordance - centre * centre) / total);
  return {
    metric: 'difference',
    mean: (onlySecond - onlyFirst) / rows,
    low: Math.max(-1, centre - half),
    high: Math.min(1, centre + half),
    onlyFirst,
    onlySecond,
    discordance,
    designEffect: effect,
  };
}

function differencesOf(first: ExampleValues, second: ExampleValues): Float64Array {
  if (first.length !== second.length || first.length === 0) {
    throw new UsageError(
      `Cannot compare ${first.length} with ${second.length} examples: both must be scored on the same ones`,
    );
  }
  return Float64Array.from(first, (value, i) => second[i]! - value);
}
