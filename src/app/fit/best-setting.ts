import { fitTemperature } from '../../evidence/index.ts';
import type { CrossFit } from '../../methods/index.ts';

/** A setting and the temperature that calibrates it. */
export interface BestSetting {
  readonly fit: CrossFit;
  readonly temperature: number;
}

/** The setting whose calibrated out-of-fold probabilities have the least log loss. */
export function bestByLogLoss(fits: readonly CrossFit[], labels: Int32Array, classes: number): BestSetting {
  const [best] = fits
    .map((fit) => ({ fit, ...fitTemperature({ classes, scores: fit.scores, labels }) }))
    .sort((a, b) => a.logLoss - b.logLoss);
  if (best === undefined) throw new RangeError('Cannot choose among no settings');
  return { fit: best.fit, temperature: best.temperature };
}
