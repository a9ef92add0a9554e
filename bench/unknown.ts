import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FitResult } from 'graftwork/app';
import { loadArtifact } from 'graftwork/artifact';
import { decodeImage, readDataset, readSource } from 'graftwork/data';
import { areaUnderRoc } from 'graftwork/evidence';
import type { BenchResult } from './run.ts';
import { graft } from './support/graft.ts';

const GOAL = 0.95;
const BATCH = 8;
/** Images taken of each folder, evenly spread: enough for a share to a point or two. */
const MOST = 400;

/**
 * How well a model tells images of other kinds: of held-out images of its own kind the share that is refused, of other
 * folders the share that is caught, and the area under the ROC of the novelty. The ratio is the worst area over 0.95.
 *
 *     npm run bench unknown -- TRAIN-FOLDER TEST-FOLDER OTHER-FOLDER …
 */
export async function run([train, test, ...others]: readonly string[]): Promise<BenchResult> {
  if (train === undefined || test === undefined || others.length === 0)
    throw new Error('Name a folder to fit, one to test, and others');
  const scratch = mkdtempSync(join(tmpdir(), 'graftwork-bench-'));
  try {
    const model = join(scratch, 'model.onnx');
    const { result } = graft<FitResult>(['fit', train, '--out', model], join(scratch, 'cache'));
    const own = await noveltyOf(model, test);
    const { threshold } = result.unknown;
    const share = (values: Float32Array) => values.filter((value) => value > threshold).length / values.length;
    const rows: Record<string, unknown>[] = [{ folder: test, images: own.length, refused: share(own) }];
    const areas: number[] = [];
    for (const folder of others) {
      const novelty = await noveltyOf(model, folder);
      const area = areaUnderRoc(
        Float32Array.from([...own, ...novelty]),
        Uint8Array.from([...own.map(() => 0), ...novelty.map(() => 1)]),
      );
      areas.push(area);
      rows.push({ folder, images: novelty.length, refused: share(novelty), AUROC: area });
    }
    console.log(
      `${result.winner.id}, threshold ${threshold.toFixed(3)}, ${(100 * result.unknown.refused).toFixed(1)} % of the training images refused out of fold`,
    );
    console.table(rows);
    return { bench: 'unknown', ratio: Math.min(...areas) / GOAL, winner: result.winner.id, rows };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

async function noveltyOf(model: string, folder: string): Promise<Float32Array> {
  const artifact = await loadArtifact(model, { threads: 2 });
  const { examples } = await readDataset(folder, { labels: 'optional' });
  const step = Math.max(1, examples.length / MOST);
  const chosen = Array.from({ length: Math.min(MOST, examples.length) }, (_, i) => examples[Math.floor(i * step)]!);
  const all: number[] = [];
  const { view } = artifact.metadata;
  for (let from = 0; from < chosen.length; from += BATCH) {
    const images = await Promise.all(
      chosen.slice(from, from + BATCH).map(async ({ source }) => decodeImage(await readSource(source), view)),
    );
    const good = images.flatMap((image) => (image.ok ? [image.pixels] : []));
    const data = new Uint8Array(good.length * view.width * view.height * 3);
    good.forEach((pixels, i) => {
      data.set(pixels, i * pixels.length);
    });
    all.push(
      ...(await artifact.predict({ dtype: 'uint8', dims: [good.length, view.height, view.width, 3], data })).novelty,
    );
  }
  await artifact.release();
  return Float32Array.from(all);
}
