import type { UpdateResult } from '../../app/index.ts';
import { formatCount, formatDuration } from '../../base/index.ts';
import { table } from '../table.ts';
import { scoreText, section, wrap } from './shared.ts';

/** What `graft update` says. */
export function updateText(result: UpdateResult, width: number): string {
  const { added, newImages, oldImages } = result;
  const rows = [
    ...(newImages === null
      ? []
      : [
          [
            `new images of the old classes (${newImages.examples.toLocaleString('en')})`,
            scoreText(newImages.old),
            scoreText(newImages.updated),
          ],
        ]),
    [
      `images of the old model (${oldImages.examples.toLocaleString('en')})`,
      scoreText(oldImages.old),
      scoreText(oldImages.updated),
    ],
  ];
  const classes =
    added.classes.length === 0
      ? ''
      : `, new ${added.classes.length === 1 ? 'class' : 'classes'}: ${added.classes.join(', ')}`;
  return [
    `${formatCount(added.examples, 'new image')}${added.known > 0 ? ` (and ${added.known} that the model knew)` : ''}${classes}`,
    '',
    table([{ title: 'accuracy on', flexible: true }, { title: 'old model' }, { title: 'new model' }], rows, width),
    '',
    `The new model on all images and classes, out of fold: ${scoreText(result.all)}.`,
    wrap(result.why, width),
    section(
      'Skipped',
      result.skipped.map(({ file, reason }) => `${file}: ${reason}`),
    ),
    result.replaced ? `${result.model}: written in ${formatDuration(result.seconds * 1000)}.` : 'Nothing was written.',
  ]
    .filter((text, i, all) => text !== '' || all[i - 1] !== '')
    .join('\n');
}
