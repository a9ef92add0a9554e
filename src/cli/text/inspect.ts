import type { InspectResult } from '../../app/index.ts';
import { formatCount, formatDuration } from '../../base/index.ts';
import { table } from '../table.ts';
import { auditText, scoreText, section } from './shared.ts';

/** Bars of the class table, in characters. */
const BAR = 24;

/** What `graft inspect` says. */
export function inspectText(result: InspectResult, width: number): string {
  const largest = Math.max(1, ...result.classes.map((one) => one.examples));
  const splits = Object.entries(result.splits).map(([split, count]) => `${split} ${count.toLocaleString('en')}`);
  const { sides } = result;
  return [
    `${formatCount(result.examples, 'image')}, ${formatCount(result.classes.length, 'class', 'classes')}${splits.length > 0 ? ` (${splits.join(', ')})` : ''}`,
    `Sides from ${sides.least} to ${sides.most} pixels, half of them below ${sides.median}.`,
    '',
    result.classes.length === 0
      ? ''
      : table(
          [{ title: 'class', flexible: true }, { title: 'images', align: 'right' }, { title: '' }],
          result.classes.map((one) => [
            one.label,
            one.examples.toLocaleString('en'),
            '█'.repeat(Math.max(1, Math.round((BAR * one.examples) / largest))),
          ]),
          width,
        ),
    '',
    section(
      `Skipped: ${formatCount(result.skipped.length, 'file')}`,
      result.skipped.map(({ file, reason }) => `${file}: ${reason}`),
    ),
    auditText(result.audit),
    section('Notes', result.notes, 20),
    result.firstLook === null
      ? ''
      : `A first look: softmax regression on the default network's last code is right for ${scoreText(result.firstLook)} of the images, out of fold.`,
    `Looked at in ${formatDuration(result.seconds * 1000)}.`,
  ]
    .filter((text, i, all) => text !== '' || all[i - 1] !== '')
    .join('\n');
}
