import { readFile } from 'node:fs/promises';
import { type ArtifactMetadata, loadArtifact, toPredictions } from '../artifact/index.ts';
import { InputError, messageOf } from '../base/index.ts';
import { decodeImage } from '../data/index.ts';
import { parseDevice } from '../runtime/index.ts';
import type { Prediction } from './results.ts';

/** A model file that stays open, for programs that predict again and again. */
export interface LoadedModel {
  readonly labels: readonly string[];
  readonly metadata: ArtifactMetadata;
  /**
   * Labels with calibrated probabilities, in the order of the images.
   *
   * @param images paths, or the bytes of image files
   * @throws InputError where one of them is not an image
   */
  predict(
    images: readonly (string | Uint8Array)[],
    options?: { readonly top?: number; readonly signal?: AbortSignal },
  ): Promise<readonly Prediction[]>;
  /** Gives the memory back. */
  close(): Promise<void>;
}

/** Images in one run. */
const BATCH = 8;

/**
 * Opens a model that `fit` wrote. It runs in a worker thread: the caller's stays free.
 *
 * @example
 * import { loadModel } from 'graftwork';
 * const model = await loadModel('model.onnx');
 * const [prediction] = await model.predict(['photo.jpg'], { top: 3 });
 * await model.close();
 */
export async function loadModel(
  path: string,
  options: { readonly device?: string; readonly threads?: number } = {},
): Promise<LoadedModel> {
  const artifact = await loadArtifact(path, {
    device: parseDevice(options.device ?? 'cpu'),
    threads: options.threads ?? 2,
  });
  const { metadata } = artifact;
  const { view } = metadata;
  return {
    labels: metadata.labels,
    metadata,
    async predict(images, { top = 1, signal } = {}) {
      const predictions: Prediction[] = [];
      for (let from = 0; from < images.length; from += BATCH) {
        const batch = images.slice(from, from + BATCH);
        const names = batch.map((image, i) => (typeof image === 'string' ? image : `image ${from + i}`));
        const decoded = await Promise.all(batch.map((image, i) => pixelsOf(image, names[i]!)));
        const data = new Uint8Array(batch.length * view.height * view.width * 3);
        decoded.forEach((pixels, i) => {
          data.set(pixels, i * pixels.length);
        });
        const dims = [batch.length, view.height, view.width, 3];
        const outputs = await artifact.predict({ dtype: 'uint8', dims, data }, signal === undefined ? {} : { signal });
        predictions.push(...toPredictions(names, outputs, metadata, { top }));
      }
      return predictions;
    },
    close: () => artifact.release(),
  };

  async function pixelsOf(image: string | Uint8Array, name: string): Promise<Uint8Array> {
    const bytes = typeof image === 'string' ? await readImage(image) : image;
    const decoded = await decodeImage(bytes, view);
    if (!decoded.ok) throw new InputError(`Cannot predict ${name}: ${decoded.reason}`, { fix: 'Give another image' });
    return decoded.pixels;
  }
}

function readImage(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw new InputError(`Cannot read ${path}: ${messageOf(cause)}`, { fix: 'Check the path', cause });
  });
}
