import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { quietContext, Random } from 'graftwork/base';
import { readDataset } from 'graftwork/data';
import { type ExtractionPlan, extract, openCache } from 'graftwork/features';
import { writeModel } from 'graftwork/onnx';
import { attachPreprocessing, findTaps, poolCodes } from 'graftwork/rewrite';
import { findCard, loadBackbone } from 'graftwork/zoo';
import sharp from 'sharp';
import type { BenchResult } from './run.ts';
import { peer } from './support/graft.ts';
import { median } from './support/median.ts';

const ROUNDS = 3;
/** Images made where no folder is given, of the size that photos from the web have. */
const GENERATED = { count: 240, width: 500, height: 375 };

/**
 * Images a second from a folder of JPEGs to the codes of all taps, workers' start included, beside Pillow and PyTorch with
 * the same backbone and its last code alone (loading left out). The sides take turns; the ratio is that of the medians.
 *
 *     npm run bench features -- FOLDER
 *
 * The peer runs in the Python that GRAFTWORK_PYTHON names, or `python3`.
 */
export async function run([given]: readonly string[]): Promise<BenchResult> {
  const scratch = mkdtempSync(join(tmpdir(), 'graftwork-bench-'));
  try {
    const folder = given ?? (await generate(join(scratch, 'images')));
    const plan = await planOf('efficientnet-lite0');
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await extractOnce(folder, plan, join(scratch, `cache${round}`)));
      const rates = peerOnce(folder);
      theirs.push(Math.max(...Object.values(rates)));
      const ways = Object.entries(rates).map(([way, rate]) => `${way} ${rate.toFixed(1)}`);
      console.log(
        `round ${round + 1}: graftwork ${ours.at(-1)!.toFixed(1)} images/s, Pillow + PyTorch ${ways.join(', ')}`,
      );
    }
    console.table({
      graftwork: { median: round1(median(ours)), best: round1(Math.max(...ours)) },
      'Pillow + PyTorch, the better way': { median: round1(median(theirs)), best: round1(Math.max(...theirs)) },
    });
    const ratio = median(ours) / median(theirs);
    return {
      bench: 'features',
      ratio: Math.round(ratio * 100) / 100,
      unit: 'images/s',
      ours: median(ours),
      peer: median(theirs),
    };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

async function planOf(id: string): Promise<ExtractionPlan> {
  const { model, card, sha256 } = await loadBackbone(findCard(id));
  const taps = findTaps(model);
  const { width, height } = card.preprocessing;
  return {
    model: writeModel(attachPreprocessing(poolCodes(model, taps), card.preprocessing)),
    taps: taps.map(({ id: tap, channels }) => ({ id: tap, channels })),
    view: { id: 'squash', width, height, kernel: 'cubic' },
    key: sha256,
  };
}

/** Images a second, with an empty cache. */
async function extractOnce(folder: string, plan: ExtractionPlan, directory: string): Promise<number> {
  const { examples } = await readDataset(folder, { labels: 'optional' });
  const start = performance.now();
  const source = await extract(examples, plan, openCache({ directory }), quietContext());
  const seconds = (performance.now() - start) / 1000;
  source.close();
  return examples.length / seconds;
}

/** Images a second of each way in which the peer does it. */
function peerOnce(folder: string): Record<string, number> {
  const threads = String(availableParallelism());
  const { images, ways } = peer<{ images: number; ways: Record<string, number> }>('features.py', [folder, threads]);
  return Object.fromEntries(Object.entries(ways).map(([way, seconds]) => [way, images / seconds]));
}

/** Soft coloured noise as JPEG: about the bytes of a photo of that size. */
async function generate(folder: string): Promise<string> {
  const { count, width, height } = GENERATED;
  mkdirSync(folder);
  const random = new Random('bench/features');
  for (let i = 0; i < count; i++) {
    const data = Uint8Array.from({ length: 64 * 48 * 3 }, () => random.integer(256));
    const image = sharp(data, { raw: { width: 64, height: 48, channels: 3 } })
      .resize(width, height)
      .jpeg({ quality: 90 });
    writeFileSync(join(folder, `${i}.jpg`), await image.toBuffer());
  }
  return folder;
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
