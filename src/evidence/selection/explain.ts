import { formatCount, formatPercent } from '../../base/index.ts';
import { figure, points } from '../compare/words.ts';
import type { Estimate } from '../intervals/interval.ts';
import type { Candidate, Field } from './candidates.ts';
import type { ChooseOptions } from './choose.ts';

/** Everything the words are made of. */
export interface Facts {
  readonly candidates: readonly Candidate[];
  readonly field: Field;
  readonly means: Float64Array;
  readonly chosen: number;
  readonly best: number;
  /** The chosen one, or the best of those cheaper than it. */
  readonly rival: number | undefined;
  /** Gain of the best over the rival. */
  readonly difference: Estimate | null;
  readonly margin: number;
  readonly level: number;
  readonly options: ChooseOptions;
}

/** Why a candidate was chosen, in one to three sentences. */
export function explain(facts: Facts): string {
  const { candidates, means, chosen, best, rival, difference, margin, options } = facts;
  const score = (j: number): string =>
    facts.field.kind === 'correct' ? formatPercent(means[j]!) : `${figure(means[j]!)} (${options.metric ?? 'loss'})`;
  const name = (j: number): string => `\`${candidates[j]!.id}\``;
  if (candidates.length === 1) return `${name(best)} scores ${score(best)}. It is the only candidate.`;
  if (chosen !== best && difference !== null) {
    const saving = options.saving?.(candidates[chosen]!, candidates[best]!) ?? saved(candidates, chosen, best);
    // An interval of two candidates alone may exclude zero where the comparison of all of them does not decide.
    const tie =
      difference.low > 0 ? `not distinguishable among ${candidates.length} candidates` : 'not distinguishable';
    return (
      `${name(chosen)} scores ${score(chosen)}; ` +
      `the best of ${candidates.length} candidates, ${name(best)}, ${score(best)}: ` +
      `${size(facts, difference)}, ${tie} (${interval(facts, difference)}). The cheaper one wins: it ${saving}.`
    );
  }
  const opening = `${name(best)} scores ${score(best)}, the best of ${candidates.length} candidates.`;
  if (rival === undefined || difference === null) return `${opening} None is cheaper.`;
  const tooFar = difference.mean > margin + 1e-9;
  const reason = tooFar
    ? `more than ${facts.field.kind === 'correct' ? points(margin).replace('+', '') : figure(margin)}`
    : difference.low > 0
      ? 'and the difference is distinguishable'
      : 'and another is distinguishably better';
  return (
    `${opening} The best of the cheaper ones, ${name(rival)}, scores ${score(rival)}: ` +
    `${size(facts, difference)}, ${reason} (${interval(facts, difference)}).`
  );
}

function size({ field, options }: Facts, difference: Estimate): string {
  if (field.kind === 'loss') return `a difference of ${figure(difference.mean)}`;
  const rows = field.table.rows;
  const examples = Math.round(difference.mean * rows);
  return `a difference of ${formatCount(examples, options.noun ?? 'image')} in ${rows.toLocaleString('en')}`;
}

function interval({ field, level }: Facts, { low, high }: Estimate): string {
  const range =
    field.kind === 'loss' ? `${figure(low, true)} … ${figure(high, true)}` : `${points(low, false)} … ${points(high)}`;
  return `${Number((100 * level).toFixed(1))} % interval of the gain ${range}`;
}

function saved(candidates: readonly Candidate[], chosen: number, best: number): string {
  return `costs ${formatPercent(candidates[chosen]!.cost / candidates[best]!.cost, 0)} of the other`;
}
