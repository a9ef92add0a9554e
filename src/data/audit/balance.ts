/** Below these a class is too small: to cross-validate at all, and to trust its own recall. */
const FEW_EXAMPLES = { tooFew: 10, few: 20 } as const;

export interface ClassBalance {
  /** Examples of each class. */
  readonly counts: Int32Array;
  /** Largest class divided by the smallest that has examples; 1 is balanced, 0 where there are no labels. */
  readonly imbalance: number;
  /** Classes with fewer than 10 examples. */
  readonly tooFew: readonly number[];
  /** Classes with 10 to 19 examples. */
  readonly few: readonly number[];
}

/**
 * How the examples spread over the classes.
 *
 * @example
 * classBalance(Int32Array.of(0, 0, 0, 1), 2).imbalance; // 3
 */
export function classBalance(labels: Int32Array, classes: number): ClassBalance {
  const counts = new Int32Array(classes);
  for (const label of labels) if (label >= 0) counts[label]!++;
  const present = counts.filter((count) => count > 0);
  const all = Array.from(counts, (_, label) => label);
  return {
    counts,
    imbalance:
      present.length === 0 ? 0 : present.reduce((a, b) => Math.max(a, b)) / present.reduce((a, b) => Math.min(a, b)),
    tooFew: all.filter((label) => counts[label]! < FEW_EXAMPLES.tooFew),
    few: all.filter((label) => counts[label]! >= FEW_EXAMPLES.tooFew && counts[label]! < FEW_EXAMPLES.few),
  };
}
