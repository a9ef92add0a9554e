import type { PredictResult } from '../../app/index.ts';
import { formatPercent } from '../../base/index.ts';
import { table } from '../table.ts';
import { section } from './shared.ts';

/** Less probable labels are left out of the table: they round to 0 %. */
const WORTH_NAMING = 0.005;

/** What `graft predict` says. */
export function predictText(result: PredictResult, width: number): string {
  const rows = result.predictions.map(({ file, unknown, top }) => [
    file,
    unknown ? 'unknown' : (top[0]?.label ?? ''),
    unknown ? '' : formatPercent(top[0]?.probability ?? 0),
    (unknown ? top : top.slice(1))
      .filter(({ probability }) => probability >= WORTH_NAMING)
      .map(({ label, probability }) => `${label} ${formatPercent(probability, 0)}`)
      .join(', '),
  ]);
  const titles = [
    { title: 'file', flexible: true, keep: 'end' as const },
    { title: 'label' },
    { title: 'probability', align: 'right' as const },
    { title: 'next best', flexible: true },
  ];
  return [
    table(titles, rows, width),
    section(
      '\nSkipped',
      result.skipped.map(({ file, reason }) => `${file}: ${reason}`),
      20,
    ),
  ]
    .filter((text) => text !== '')
    .join('\n');
}
