import { compare } from '../../evidence/index.ts';

/** Old and new model on the same images. */
export interface Duel {
  /** [N] 1 where the old model is right. */
  readonly old: Uint8Array;
  /** [N] 1 where the new one is. */
  readonly updated: Uint8Array;
  /** [N] images of one number are one picture, or one group. */
  readonly groups: Int32Array;
}

export interface Verdict {
  readonly verdict: 'better' | 'alike' | 'worse';
  /** Mistakes of the old model that the new one does not make, and the other way round. */
  readonly gained: number;
  readonly lost: number;
}

/**
 * What may be lost without a word: one point. A test on few images hardly ever tells two models apart, so that 'not
 * distinguishable' alone would let a clearly worse model through.
 */
const MARGIN = 0.01;
/** One image more or less is no evidence, however large its share. */
const LEAST_LOST = 2;

/**
 * Whether the new model may take the old one's place. It is worse where the interval of the gain lies below zero, or where
 * it seems to lose more than a point and more than one image.
 */
export function judge({ old, updated, groups }: Duel): Verdict {
  let gained = 0;
  let lost = 0;
  for (let i = 0; i < old.length; i++) {
    if (updated[i]! > old[i]!) gained++;
    if (updated[i]! < old[i]!) lost++;
  }
  if (old.length === 0) return { verdict: 'alike', gained, lost };
  const { gain } = compare({ id: 'old', correct: old }, { id: 'new', correct: updated }, { groups });
  const seemsWorse = lost - gained >= LEAST_LOST && (lost - gained) / old.length > MARGIN;
  if (gain.high < 0 || seemsWorse) return { verdict: 'worse', gained, lost };
  return { verdict: gain.low > 0 ? 'better' : 'alike', gained, lost };
}
