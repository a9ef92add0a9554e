import type { EmbedResult } from '../../app/index.ts';
import { formatDuration } from '../../base/index.ts';
import { section } from './shared.ts';

/** What `graft embed` says. */
export function embedText(result: EmbedResult): string {
  return [
    `${result.out}: float32 [${result.rows}, ${result.cols}], ${result.backbone} at ${result.taps.join(' + ')}, in ${formatDuration(result.seconds * 1000)}.`,
    'One row a photo, in the order of their names; --json lists them.',
    section(
      'Skipped',
      result.skipped.map(({ file, reason }) => `${file}: ${reason}`),
    ),
  ]
    .filter((text) => text !== '')
    .join('\n');
}
