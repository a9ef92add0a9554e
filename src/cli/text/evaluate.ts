import type { EvaluateResult } from '../../app/index.ts';
import { formatCount, formatPercent } from '../../base/index.ts';
import { table } from '../table.ts';
import { confusionText, scoreText, section } from './shared.ts';

/** Classes up to which a confusion table is readable in a terminal. */
const READABLE = 30;

/** What `graft evaluate` says. */
export function evaluateText(result: EvaluateResult, width: number): string {
  return [
    `${result.model} on ${formatCount(result.examples, 'image')}`,
    '',
    table(
      [{ title: 'metric' }, { title: 'value (95 % interval)' }],
      Object.entries(result.metrics).map(([name, score]) => [name, scoreText(score)]),
      width,
    ),
    '',
    table(
      [
        { title: 'class', flexible: true },
        { title: 'images', align: 'right' },
        { title: 'found (recall)' },
        { title: 'right when named (precision)' },
      ],
      result.classes.map((one) => [one.label, String(one.examples), scoreText(one.recall), scoreText(one.precision)]),
      width,
    ),
    '',
    result.labels.length <= READABLE ? `${confusionText(result.labels, result.confusion, width)}\n` : '',
    `Called unknown: ${formatPercent(result.refused)} of these images.`,
    section('Notes', result.notes, 20),
    section(
      'Skipped',
      result.skipped.map(({ file, reason }) => `${file}: ${reason}`),
    ),
  ]
    .filter((text, i, all) => text !== '' || all[i - 1] !== '')
    .join('\n')
    .trimEnd();
}
