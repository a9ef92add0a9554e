import stringWidth from 'string-width';
import type { Audit, Score } from '../../app/index.ts';
import { formatCount, formatPercent } from '../../base/index.ts';
import { table } from '../table.ts';

/** Metrics that are shares are shown as percent; others (log loss, Brier) as they are. */
const PLAIN = new Set(['log-loss', 'brier']);

/** `96.3 % (93.1 … 98.0)`. */
export function scoreText(score: Score): string {
  if (!Number.isFinite(score.mean)) return '–';
  if (PLAIN.has(score.metric)) return `${score.mean.toFixed(3)} (${score.low.toFixed(3)} … ${score.high.toFixed(3)})`;
  return `${formatPercent(score.mean)} (${(100 * score.low).toFixed(1)} … ${(100 * score.high).toFixed(1)})`;
}

/** Files shown of a long list. */
const SHOWN = 5;

/** The first few of a list, and how many more there are. */
function firstFew(lines: readonly string[], shown = SHOWN): readonly string[] {
  if (lines.length <= shown) return lines;
  return [
    ...lines.slice(0, shown),
    `… and ${(lines.length - shown).toLocaleString('en')} more (--json lists them all)`,
  ];
}

/** Breaks a paragraph at spaces so that it fits the width. */
export function wrap(text: string, width: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && stringWidth(line) + 1 + stringWidth(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\n');
}

/** A heading with indented lines below it; nothing where there are none. */
export function section(title: string, lines: readonly string[], shown = SHOWN): string {
  if (lines.length === 0) return '';
  return `${title}\n${firstFew(lines, shown)
    .map((line) => `  ${line}`)
    .join('\n')}\n`;
}

/** Everything that an audit found, in words. */
export function auditText(audit: Audit): string {
  const exact = audit.duplicates.filter((group) => group.exact);
  const near = audit.duplicates.filter((group) => !group.exact);
  const names = (files: readonly string[]) => firstFew(files, 4).join(' = ');
  return [
    section(
      `Duplicates: ${formatCount(exact.length, 'group')} of equal files`,
      exact.map((group) => names(group.files) + conflict(group.labels)),
      exact.length === 0 ? 0 : SHOWN,
    ),
    section(
      `Near duplicates: ${formatCount(near.length, 'group')} of files that show the same picture`,
      near.map((group) => names(group.files) + conflict(group.labels)),
    ),
    section(
      `Leaks: ${formatCount(audit.leaks.length, 'picture')} in more than one of train, validation and test`,
      audit.leaks.map((leak) => names(leak.files)),
    ),
    section(
      `Doubtful labels: ${formatCount(audit.suspects.length, 'image')} that other images of the data contradict`,
      audit.suspects.map(
        (s) => `${s.file}: labelled ${s.label}, looks like ${s.suggested} (${formatPercent(s.probability, 0)})`,
      ),
    ),
    section(
      `Odd ones out: ${formatCount(audit.odd.length, 'image')} unlike the rest of the data`,
      audit.odd.map((odd) => odd.file),
    ),
  ]
    .filter((text) => text !== '')
    .join('\n');
}

function conflict(labels: readonly string[]): string {
  return labels.length > 1 ? `  — labelled both ${labels.join(' and ')}` : '';
}

/** A confusion table: rows as labelled, columns as predicted; columns by number where names do not fit. */
export function confusionText(
  labels: readonly string[],
  confusion: readonly (readonly number[])[],
  width: number,
): string {
  const first = Math.min(24, Math.max('labelled'.length, ...labels.map((label) => stringWidth(label) + 4)));
  const byName = first + labels.reduce((sum, label) => sum + 2 + Math.max(3, stringWidth(label)), 0) <= width;
  const rows = labels.map((label, i) => [
    byName ? label : `${i + 1} ${label}`,
    ...confusion[i]!.map((count) => (count === 0 ? '·' : String(count))),
  ]);
  const columns = labels.map((label, i) => ({ title: byName ? label : String(i + 1), align: 'right' as const }));
  return `Predicted (columns) for each label (rows):\n${table([{ title: '', flexible: true }, ...columns], rows, width)}`;
}
