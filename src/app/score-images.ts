import { createHash } from 'node:crypto';
import type { Artifact, Outputs } from '../artifact/index.ts';
import { AbortedError, type Context, messageOf } from '../base/index.ts';
import { decodeImage, type Example, readSource, type Skipped, type View } from '../data/index.ts';

/** One batch of images through a model file. */
export interface ScoredBatch {
  readonly examples: readonly Example[];
  /** uint8 [N, H, W, 3], what the model was fed. */
  readonly pixels: Uint8Array;
  readonly outputs: Outputs;
  /** SHA-256 of each image's file, in hexadecimal. */
  readonly hashes: readonly string[];
}

/** Images in one run: enough to keep the cores busy, few enough to stop at once. */
const BATCH = 8;

/**
 * Runs images through a model file as any application would: decode, resize by the recorded policy, run. The next batch
 * is decoded while one runs. Memory does not grow with the number of images.
 *
 * @param onSkipped called for every image that cannot be used
 */
export async function* scoreImages(
  artifact: Artifact,
  examples: readonly Example[],
  context: Context,
  onSkipped: (skipped: Skipped) => void,
): AsyncGenerator<ScoredBatch> {
  const { view } = artifact.metadata;
  let ahead: Promise<Decoded> | undefined = decodeBatch(examples.slice(0, BATCH), view);
  let done = 0;
  for (let from = 0; from < examples.length; from += BATCH) {
    if (context.signal.aborted) throw new AbortedError('Stopped while predicting');
    const batch: Decoded = await ahead!;
    const next = examples.slice(from + BATCH, from + 2 * BATCH);
    ahead = next.length > 0 ? decodeBatch(next, view) : undefined;
    batch.skipped.forEach(onSkipped);
    if (batch.examples.length > 0) {
      const dims = [batch.examples.length, view.height, view.width, 3];
      const outputs = await artifact.predict({ dtype: 'uint8', dims, data: batch.pixels });
      yield { examples: batch.examples, pixels: batch.pixels, outputs, hashes: batch.hashes };
    }
    done = Math.min(examples.length, from + BATCH);
    context.report({ step: 'Predicting', done, total: examples.length, unit: 'images' });
  }
}

interface Decoded {
  readonly examples: readonly Example[];
  readonly pixels: Uint8Array;
  readonly hashes: readonly string[];
  readonly skipped: readonly Skipped[];
}

async function decodeBatch(examples: readonly Example[], view: View): Promise<Decoded> {
  const results = await Promise.all(examples.map((example) => decodeOne(example, view)));
  const good = results.flatMap((result, i) => ('reason' in result ? [] : [{ example: examples[i]!, ...result }]));
  const size = view.width * view.height * 3;
  const pixels = new Uint8Array(good.length * size);
  good.forEach((image, i) => {
    pixels.set(image.pixels, i * size);
  });
  return {
    examples: good.map(({ example }) => example),
    pixels,
    hashes: good.map(({ sha256 }) => sha256),
    skipped: results.flatMap((result, i) =>
      'reason' in result ? [{ file: examples[i]!.file, reason: result.reason }] : [],
    ),
  };
}

type One = { readonly pixels: Uint8Array; readonly sha256: string } | { readonly reason: string };

async function decodeOne(example: Example, view: View): Promise<One> {
  try {
    const bytes = await readSource(example.source);
    const image = await decodeImage(bytes, view);
    if (!image.ok) return { reason: image.reason };
    return { pixels: image.pixels, sha256: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    return { reason: messageOf(error) };
  }
}
