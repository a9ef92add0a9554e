import { parentPort, workerData } from 'node:worker_threads';
import { GraftError, sizeOf, type Tensor } from '../base/index.ts';
import { type DecodedImage, decodeImage, prepareDecoder, type View } from '../data/index.ts';
import { CLOSE, type Device, openSession, packError, type Session, type ThreadError } from '../runtime/index.ts';

export interface ExtractThreadData {
  readonly model: Uint8Array | string;
  readonly view: View;
  readonly device: Device;
  readonly threads: number;
  /** Images in one run at most. */
  readonly batch: number;
}

export type ToExtractThread = { readonly id: number; readonly bytes: Uint8Array } | typeof CLOSE;

export type FromExtractThread =
  | { readonly kind: 'codes'; readonly id: number; readonly codes: Float32Array; readonly image: ImageSummary }
  | { readonly kind: 'unreadable'; readonly id: number; readonly reason: string }
  | { readonly kind: 'error'; readonly id: number; readonly error: ThreadError };

export type ImageSummary = Pick<DecodedImage, 'fingerprint' | 'thumbnail' | 'originalWidth' | 'originalHeight'>;

interface Ready {
  readonly id: number;
  readonly image: DecodedImage;
}

const port = parentPort;
if (port !== null) {
  try {
    await serve(port, workerData as ExtractThreadData);
  } catch (error) {
    port.postMessage({ failure: packError(error) });
    port.close();
  }
}

/**
 * Decodes and runs what it is sent. The next images are decoded by the image library's threads while the network runs on
 * this one; whoever sends keeps a few images in flight and no more.
 */
async function serve(port: NonNullable<typeof parentPort>, data: ExtractThreadData): Promise<void> {
  prepareDecoder();
  const session = await openSession(data.model, { device: data.device, threads: data.threads, title: 'the network' });
  const send = (message: FromExtractThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  const ready: Ready[] = [];
  let busy = false;
  let closing = false;

  const runAll = async () => {
    if (busy) return;
    busy = true;
    while (ready.length > 0 && !closing) {
      const batch = ready.splice(0, data.batch);
      try {
        const codes = await runBatch(session, data.view, batch);
        batch.forEach(({ id, image }, i) => {
          const { fingerprint, thumbnail, originalWidth, originalHeight } = image;
          const own = codes[i]!;
          send({ kind: 'codes', id, codes: own, image: { fingerprint, thumbnail, originalWidth, originalHeight } }, [
            own.buffer,
          ]);
        });
      } catch (error) {
        for (const { id } of batch) send({ kind: 'error', id, error: packError(error) });
      }
    }
    busy = false;
    if (closing) await close();
  };
  const close = async () => {
    await session.release();
    port.close();
  };

  port.on('message', async (message: ToExtractThread) => {
    if (message === CLOSE) {
      closing = true;
      if (!busy) await close();
      return;
    }
    const image = await decodeImage(message.bytes, data.view);
    if (closing) return;
    if (image.ok) {
      ready.push({ id: message.id, image });
      await runAll();
    } else {
      send({ kind: 'unreadable', id: message.id, reason: image.reason });
    }
  });
}

/** The codes of each image of the batch, each in memory of its own. */
async function runBatch(session: Session, view: View, batch: readonly Ready[]): Promise<Float32Array<ArrayBuffer>[]> {
  const pixels = new Uint8Array(sizeOf([batch.length, view.height, view.width, 3]));
  batch.forEach(({ image }, i) => {
    pixels.set(image.pixels, i * image.pixels.length);
  });
  const image: Tensor = { dtype: 'uint8', dims: [batch.length, view.height, view.width, 3], data: pixels };
  const { codes } = await session.run({ image }, ['codes']);
  if (codes?.dtype !== 'float32' || codes.dims.length !== 2 || codes.dims[0] !== batch.length) {
    throw new GraftError('Cannot use the network: its output `codes` is not float32 [images, channels]');
  }
  const values = codes.data as Float32Array;
  const width = codes.dims[1]!;
  return batch.map((_, i) => values.slice(i * width, (i + 1) * width));
}
