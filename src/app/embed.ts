import { InputError } from '../base/index.ts';
import { writeCodes } from '../features/index.ts';
import { cards } from '../zoo/index.ts';
import { cacheOf, contextOf } from './context.ts';
import { codesOf, listImages } from './images.ts';
import { openNetwork, tapsOf } from './network.ts';
import type { Follow } from './offload.ts';
import type { EmbedOptions } from './options.ts';
import type { EmbedResult } from './results.ts';

/** `embed` in the thread it is called on. */
export async function runEmbed(options: EmbedOptions, follow: Follow): Promise<EmbedResult> {
  const startedAt = Date.now();
  const context = contextOf(follow);
  const network = await openNetwork(options.backbone ?? cards[0].id);
  const named = (options.taps ?? [network.last.id]).flatMap((name) => tapsOf(network, name).map(({ id }) => id));
  const taps = [...new Set(named)];
  const dataset = await listImages(options.data, {}, context, 'optional', 'keep');
  const images = await codesOf(dataset, network, options.view ?? 'squash', options, cacheOf(options), context);
  try {
    if (images.examples.length === 0) {
      throw new InputError(`Cannot embed ${options.data}: no image could be read`, {
        fix: 'graft inspect lists the reasons',
      });
    }
    const codes = images.codes.codes(taps);
    writeCodes(options.out, codes);
    return {
      out: options.out,
      backbone: network.backbone.card.id,
      taps,
      rows: codes.rows,
      cols: codes.cols,
      files: images.examples.map(({ file }) => file),
      skipped: images.skipped,
      seconds: (Date.now() - startedAt) / 1000,
    };
  } finally {
    images.codes.close();
  }
}
