import { formatCount } from '../../base/index.ts';
import { groupsOf } from '../intervals/groups.ts';
import { DEFAULT_LEVEL, type Estimate } from '../intervals/interval.ts';
import { mcnemar } from './mcnemar.ts';
import { pairedProportions } from './paired.ts';
import { imagesToDecide } from './power.ts';
import { points } from './words.ts';

/** What a comparison of a cheap and a dear candidate came to. */
export type Verdict = 'better' | 'enough' | 'undecided';

export interface Comparison {
  /** Accuracy of the dearer candidate minus that of the cheaper. */
  readonly gain: Estimate;
  /** Examples that only the cheaper, and only the dearer, gets right. */
  readonly onlyCheaper: number;
  readonly onlyDearer: number;
  /** Exact McNemar, two-sided; null where examples are grouped, since it supposes independent ones. */
  readonly p: number | null;
  /**
   * `better`: the gain's interval lies above zero. `enough`: it lies below the margin, the cheaper candidate is enough.
   * `undecided`: neither; use the cheaper. A large p-value alone never means `enough`.
   */
  readonly verdict: Verdict;
  /** Further test images after which the verdict would probably (power 0.8) fall; 0 once it has. */
  readonly moreImages: number;
  /** The verdict in a sentence. */
  readonly why: string;
}

export interface CompareOptions {
  /** A gain below this is not worth the dearer candidate; 0.01, one point. */
  readonly margin?: number;
  readonly level?: number;
  /** One id a row: duplicates, one patient. */
  readonly groups?: ArrayLike<number>;
  /** What an example is called; `image`. */
  readonly noun?: string;
}

/** A candidate and which examples it got right. */
export interface Scored {
  readonly id: string;
  /** [N] 1 where right. */
  readonly correct: Uint8Array;
}

/**
 * Is the dearer candidate worth it? Compared on the same examples.
 *
 * @example
 * compare({ id: 'ridge', correct: a }, { id: 'probe-then-tune', correct: b }).verdict; // 'undecided'
 */
export function compare(cheaper: Scored, dearer: Scored, options: CompareOptions = {}): Comparison {
  const { margin = 0.01, level = DEFAULT_LEVEL, noun = 'image' } = options;
  const rows = cheaper.correct.length;
  const paired = pairedProportions(cheaper.correct, dearer.correct, options);
  const { mean, low, high, onlyFirst, onlySecond } = paired;
  const verdict: Verdict = low > 0 ? 'better' : high < margin ? 'enough' : 'undecided';
  const needed = paired.designEffect * imagesToDecide(mean, paired.discordance, margin, { level });
  // The calculation may say that the images at hand should have decided. They have not: at least one more is asked for.
  const moreImages = verdict === 'undecided' ? Math.max(1, Math.ceil(needed - rows)) : 0;
  const gain = `${points(mean)} (${Math.round(100 * level)} % interval ${points(low, false)} … ${points(high)})`;
  const why = {
    better: `\`${dearer.id}\` is better than \`${cheaper.id}\`: it gains ${gain}.`,
    enough: `\`${cheaper.id}\` is enough: \`${dearer.id}\` gains ${gain}, less than ${points(margin)}.`,
    undecided:
      `Undecided: \`${dearer.id}\` gains ${gain}. About ${formatCount(moreImages, `more ${noun}`)} would decide; ` +
      `until then use \`${cheaper.id}\`, the cheaper.`,
  }[verdict];
  return {
    gain: { metric: 'gain', mean, low, high },
    onlyCheaper: onlyFirst,
    onlyDearer: onlySecond,
    p: groupsOf(rows, options.groups).count === rows ? mcnemar(onlyFirst, onlySecond) : null,
    verdict,
    moreImages,
    why,
  };
}
