import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32, int64, quietContext, Random } from 'graftwork/base';
import { decodeImage, readDataset, readSource, type View } from 'graftwork/data';
import { extract, openCache } from 'graftwork/features';
import { GraphBuilder, writeModel } from 'graftwork/onnx';
import sharp from 'sharp';
import type { BenchResult } from './run.ts';

const IMAGES = 2400;
const SIDE = 16;
/** Numbers made of each of the 768 values of an image: 983 kB of codes an image. */
const COPIES = 320;
const WIDTH = SIDE * SIDE * 3;

/**
 * Codes beyond 2 GB: a made-up network with 245,760 channels over 2,400 tiny images. All codes are written, read back in blocks,
 * and compared with what they must be. The ratio is the bytes of codes over 2³¹.
 *
 *     npm run bench large-codes
 */
export async function run(): Promise<BenchResult> {
  const scratch = mkdtempSync(join(tmpdir(), 'graftwork-bench-'));
  try {
    const view: View = { id: 'squash', width: SIDE, height: SIDE, kernel: 'cubic' };
    const { examples } = await readDataset(await generate(join(scratch, 'images')), { labels: 'optional' });
    const half = (WIDTH / 2) * COPIES;
    const plan = {
      model: wideNetwork(),
      taps: [
        { id: 'first', channels: half },
        { id: 'second', channels: half },
      ],
      view,
      key: 'large-codes',
    };
    const start = performance.now();
    const source = await extract(examples, plan, openCache({ directory: join(scratch, 'cache') }), quietContext());
    const written = performance.now();
    let wrong = 0;
    let row = 0;
    for (const block of source.codes(['second', 'first']).blocks()) {
      for (let r = 0; r < block.rows; r++, row++) {
        const image = await decodeImage(await readSource(examples[source.kept[row]!]!.source), view);
        if (!image.ok) throw new Error(image.reason);
        const codes = block.data.subarray(r * block.cols, (r + 1) * block.cols);
        for (let k = 0; k < codes.length; k += 97) {
          const at = (k + half) % (2 * half);
          if (codes[k] !== image.pixels[Math.floor(at / COPIES)]! * (1 + (at % COPIES))) wrong++;
        }
      }
    }
    const read = performance.now();
    source.close();
    const bytes = row * 2 * half * 4;
    const megabytes = process.resourceUsage().maxRSS / 1024;
    console.table([
      {
        images: row,
        'GB of codes': bytes / 1e9,
        'wrong codes': wrong,
        'seconds to write': (written - start) / 1000,
        'to read and check': (read - written) / 1000,
        'peak memory, MB': megabytes,
      },
    ]);
    return { bench: 'large-codes', ratio: wrong === 0 ? bytes / 2 ** 31 : 0, wrong, bytes, megabytes };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** codes[p · COPIES + r] = pixel p · (r + 1). */
function wideNetwork(): Uint8Array {
  const b = new GraphBuilder();
  const image = b.input('image', 'uint8', ['N', SIDE, SIDE, 3]);
  const pixels = b.node('Reshape', [b.node('Cast', [image], { to: 'float32' }), b.constant(int64([3], [0, WIDTH, 1]))]);
  const ramp = b.constant(
    float32(
      [1, 1, COPIES],
      Float32Array.from({ length: COPIES }, (_, r) => r + 1),
    ),
  );
  const wide = b.node('Mul', [pixels, ramp]);
  b.output(
    b.node('Reshape', [wide, b.constant(int64([2], [0, WIDTH * COPIES]))], {}, { outputs: ['codes'] }),
    'float32',
    ['N', WIDTH * COPIES],
  );
  return writeModel(b.build());
}

async function generate(folder: string): Promise<string> {
  mkdirSync(folder);
  const random = new Random('bench/large-codes');
  for (let i = 0; i < IMAGES; i++) {
    const data = Uint8Array.from({ length: WIDTH }, () => random.integer(256));
    writeFileSync(
      join(folder, `${i}.png`),
      await sharp(data, { raw: { width: SIDE, height: SIDE, channels: 3 } })
        .png()
        .toBuffer(),
    );
  }
  return folder;
}
