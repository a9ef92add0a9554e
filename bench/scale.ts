import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from 'graftwork/base';
import sharp from 'sharp';
import type { BenchResult } from './run.ts';
import { startGraft } from './support/graft.ts';

const FEW = 2_000;
const CLASSES = 4;

/**
 * Peak memory of `graft embed` at all landmarks, and of `graft fit`, on distinct generated images: many (20,000, or the given
 * number) beside 2,000; and kill −9 half way through the many, after which the same command goes on where it was. The
 * ratio is 1.1 over the growth of the memory.
 *
 *     npm run bench scale -- [MANY] [embed | fit] [further arguments of the command]
 */
export async function run([given = '20000', command = 'embed', ...extra]: readonly string[]): Promise<BenchResult> {
  const many = Number(given);
  const scratch = mkdtempSync(join(tmpdir(), 'graftwork-bench-'));
  try {
    const measure = (count: number, kill: boolean) => measureOnce(scratch, command, extra, count, kill);
    await generate(join(scratch, String(FEW)), FEW);
    await generate(join(scratch, String(many)), many);
    const few = await measure(FEW, false);
    const killed = await measure(many, true);
    const resumed = await measure(many, false);
    console.table({
      [`${FEW} images`]: few,
      [`${many} images, killed half way`]: killed,
      [`${many} images, resumed`]: resumed,
    });
    const peak = Math.max(killed.megabytes, resumed.megabytes);
    return { bench: 'scale', ratio: (1.1 * few.megabytes) / peak, few, killed, resumed, command };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

interface Measured {
  readonly megabytes: number;
  readonly seconds: number;
  /** Images that went through the network. */
  readonly computed: number;
}

function measureOnce(
  scratch: string,
  command: string,
  extra: readonly string[],
  count: number,
  kill: boolean,
): Promise<Measured> {
  const out = join(scratch, command === 'fit' ? 'model.onnx' : 'codes.npy');
  const start = performance.now();
  const child = startGraft(
    [
      command,
      join(scratch, String(count)),
      '--out',
      out,
      ...(command === 'embed' ? ['--taps', 'all-landmarks'] : ['--view', 'squash']),
      ...extra,
    ],
    join(scratch, 'cache'),
  );
  let peak = 0;
  let computed = 0;
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    } catch {
      // The process is gone.
    }
    if (kill && computed >= count / 2) child.kill('SIGKILL');
  }, 100);
  child.stderr.on('data', (data: Buffer) => {
    for (const match of String(data).matchAll(/Computing codes ([\d,]+)/g))
      computed = Math.max(computed, Number(match[1]!.replaceAll(',', '')));
  });
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => {
      clearInterval(watch);
      if (code !== 0 && !kill) reject(new Error(`graft ${command} ended with ${code}`));
      resolve({ megabytes: peak / 1024, seconds: (performance.now() - start) / 1000, computed });
    });
  });
}

/** Distinct pictures of a few kinds: a coloured gradient of its class with soft noise of its own. */
async function generate(folder: string, count: number): Promise<void> {
  const random = new Random('bench/scale');
  for (let c = 0; c < CLASSES; c++) mkdirSync(join(folder, `kind${c}`), { recursive: true });
  for (let i = 0; i < count; i++) {
    const kind = i % CLASSES;
    const data = Uint8Array.from(
      { length: 12 * 12 * 3 },
      (_, k) => ((k % 3 === kind % 3 ? 140 : 60) + random.integer(110)) & 255,
    );
    const image = sharp(data, { raw: { width: 12, height: 12, channels: 3 } })
      .resize(160, 160)
      .jpeg({ quality: 85 });
    writeFileSync(join(folder, `kind${kind}`, `${i}.jpg`), await image.toBuffer());
  }
}
