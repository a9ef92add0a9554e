import type { FitResult } from '../../app/index.ts';
import { formatBytes, formatCount, formatDuration, formatPercent } from '../../base/index.ts';
import { table } from '../table.ts';
import { auditText, confusionText, scoreText, section, wrap } from './shared.ts';

/** Candidates shown; the whole list is in --json. */
const SHOWN = 12;

/** What `graft fit` says at the end. */
export function fitText(result: FitResult, width: number): string {
  const { winner, holdout, candidates } = result;
  const ranked = [...candidates].sort((a, b) => order(b) - order(a));
  const rows = ranked
    .slice(0, SHOWN)
    .map((candidate) => [
      candidate.id === winner.id ? '→' : '',
      candidate.backbone,
      candidate.tap,
      candidate.method,
      scoreText(candidate.score),
      formatMacs(candidate.cost),
      formatDuration(candidate.seconds * 1000),
    ]);
  const shown = ranked.slice(0, SHOWN).some((candidate) => candidate.id === winner.id);
  const head = [
    `${formatCount(result.examples, 'image')} of ${formatCount(result.classes.length, 'class', 'classes')}`,
    result.skipped.length > 0 ? `${formatCount(result.skipped.length, 'file')} skipped` : '',
    result.audit.imbalance >= 1.5 ? `largest class ${result.audit.imbalance.toFixed(1)} times the smallest` : '',
  ];
  return [
    head.filter((part) => part !== '').join(', '),
    '',
    section(
      'Skipped',
      result.skipped.map(({ file, reason }) => `${file}: ${reason}`),
    ),
    auditText(result.audit),
    table(
      [
        { title: '' },
        { title: 'network', flexible: true },
        { title: 'layer', flexible: true },
        { title: 'method' },
        { title: `${winner.score.metric}, out of fold` },
        { title: 'MACs', align: 'right' },
        { title: 'time', align: 'right' },
      ],
      rows,
      width,
    ),
    ranked.length > SHOWN ? `… and ${ranked.length - SHOWN} more candidates (--json lists them all)` : '',
    shown ? '' : `→ ${winner.id}`,
    '',
    wrap(winner.why, width),
    '',
    wrap(
      `Expected on new images like these: ${scoreText(winner.corrected)} ${winner.corrected.metric}, corrected for the choice among ${formatCount(candidates.length, 'candidate')}.`,
      width,
    ),
    holdout === null
      ? 'No images were locked away: there are too few, so the cross-validation above is the evidence.'
      : `Locked-away test: ${scoreText(holdout.score)} on ${formatCount(holdout.examples, 'image')} that no choice has seen.`,
    `Unknown inputs: photos unlike yours are called unknown; ${formatPercent(result.unknown.refused)} of your own are too.`,
    holdout === null || result.classes.length > 30
      ? ''
      : `\n${confusionText(result.classes, holdout.confusion, width)}\n`,
    section('Notes', result.notes, 20),
    `${result.model}: ${formatBytes(result.modelBytes)}, written and checked in ${formatDuration(result.seconds * 1000)}. Next:`,
    `  graft predict ${result.model} new-photos/ --top 3`,
  ]
    .filter((text, i, all) => text !== '' || all[i - 1] !== '')
    .join('\n');
}

function order(candidate: FitResult['candidates'][number]): number {
  return candidate.score.metric === 'log-loss' ? -candidate.score.mean : candidate.score.mean;
}

function formatMacs(macs: number): string {
  return macs >= 1e9 ? `${(macs / 1e9).toFixed(2)} G` : `${Math.round(macs / 1e6)} M`;
}
