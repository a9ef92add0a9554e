import { DEFAULT_LEVEL, type Interval } from '../intervals/interval.ts';
import { wilson } from '../intervals/wilson.ts';
import type { Confusion } from './confusion.ts';

/** How well one class is found, and how far its label can be trusted. */
export interface ClassReport {
  /** Examples of the class. */
  readonly support: number;
  /** How often the class was predicted. */
  readonly predicted: number;
  /** Share of the class's examples that were found; NaN where it has none. */
  readonly recall: number;
  readonly recallInterval: Interval;
  /** Share of the examples given this label that are of the class; NaN where none was. */
  readonly precision: number;
  readonly precisionInterval: Interval;
}

/** Recall and precision of each class with Wilson's intervals. */
export function perClass({ classes, counts }: Confusion, level: number = DEFAULT_LEVEL): readonly ClassReport[] {
  return Array.from({ length: classes }, (_, c) => {
    let support = 0;
    let predicted = 0;
    for (let other = 0; other < classes; other++) {
      support += counts[c * classes + other]!;
      predicted += counts[other * classes + c]!;
    }
    const right = counts[c * classes + c]!;
    return {
      support,
      predicted,
      recall: right / support,
      recallInterval: wilson(right, support, level),
      precision: right / predicted,
      precisionInterval: wilson(right, predicted, level),
    };
  });
}
