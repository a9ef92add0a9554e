import { classificationMetrics, confusion, estimate, type Predictions, perClass } from '../evidence/index.ts';
import type { ClassReport, Score } from './results.ts';

/** All metrics of labelled probabilities, with their intervals. */
export function metricsOf(predictions: Predictions, groups: Int32Array, seed: number): Readonly<Record<string, Score>> {
  return Object.fromEntries(
    classificationMetrics(predictions.classes).map((metric) => [
      metric.id,
      estimate(metric, predictions, { groups, seed }),
    ]),
  );
}

/** confusion[given][predicted] as rows. */
export function confusionRows(predictions: Predictions): readonly (readonly number[])[] {
  const { classes, counts } = confusion(predictions);
  return Array.from({ length: classes }, (_, i) => Array.from(counts.subarray(i * classes, (i + 1) * classes)));
}

/** Recall and precision of each class. */
export function classReports(predictions: Predictions, labels: readonly string[]): readonly ClassReport[] {
  return perClass(confusion(predictions)).map((one, i) => ({
    label: labels[i]!,
    examples: one.support,
    recall: { metric: 'recall', mean: one.recall, ...one.recallInterval },
    precision: { metric: 'precision', mean: one.precision, ...one.precisionInterval },
  }));
}
