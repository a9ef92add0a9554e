import { loadArtifact, toPredictions } from '../artifact/index.ts';
import { InputError } from '../base/index.ts';
import type { Skipped } from '../data/index.ts';
import { writeNpy } from '../features/index.ts';
import { parseDevice } from '../runtime/index.ts';
import { contextOf } from './context.ts';
import { listInputs } from './inputs.ts';
import type { Follow } from './offload.ts';
import type { PredictOptions } from './options.ts';
import type { Prediction, PredictResult } from './results.ts';
import { scoreImages } from './score-images.ts';

/** The dump is put together in memory: 2 GB is 13,000 images of 224 × 224. */
const DUMP_LIMIT = 2e9;

/** `predict` in the thread it is called on. */
export async function runPredict(options: PredictOptions, follow: Follow): Promise<PredictResult> {
  const context = contextOf(follow);
  const { examples, skipped: unlisted } = await listInputs(options.inputs, context);
  const skipped: Skipped[] = [...unlisted];
  if (examples.length === 0) {
    throw new InputError(`No image found in ${options.inputs.join(', ')}`, {
      fix: 'Give images, or folders that hold some',
    });
  }
  const artifact = await loadArtifact(options.model, {
    device: parseDevice(options.device ?? 'cpu'),
    threads: options.workers ?? 2,
  });
  const { width, height } = artifact.metadata.view;
  const predictions: Prediction[] = [];
  const dumped: Uint8Array[] = [];
  try {
    if (options.dumpInput !== undefined && examples.length * width * height * 3 > DUMP_LIMIT) {
      throw new InputError(`Cannot dump the input of ${examples.length} images: more than 2 GB`, {
        fix: 'Predict fewer images at a time',
      });
    }
    for await (const batch of scoreImages(artifact, examples, context, (one) => skipped.push(one))) {
      const files = batch.examples.map(({ file }) => file);
      predictions.push(...toPredictions(files, batch.outputs, artifact.metadata, { top: options.top ?? 1 }));
      if (options.dumpInput !== undefined) dumped.push(batch.pixels);
    }
  } finally {
    await artifact.release();
  }
  if (predictions.length === 0) {
    const reasons = skipped.slice(0, 3).map(({ file, reason }) => `${file}: ${reason}`);
    throw new InputError(`No image could be read (${reasons.join('; ')})`, { fix: 'Give images that can be opened' });
  }
  if (options.dumpInput !== undefined)
    writeNpy(options.dumpInput, 'uint8', [predictions.length, height, width, 3], dumped);
  return { predictions, skipped };
}
