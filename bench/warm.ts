import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FitResult } from 'graftwork/app';
import type { BenchResult } from './run.ts';
import { graft } from './support/graft.ts';
import { median } from './support/median.ts';

/** Goals: a second fit on 700 images in 15 s, help in 150 ms. */
const FIT_GOAL = 15;
const HELP_GOAL = 0.15;
const ROUNDS = 7;

/**
 * How long a second `graft fit` takes, when all codes are in the cache, and how long `graft --help` takes. The ratio is
 * that of goal and median, the worse of the two.
 *
 *     npm run bench warm -- FOLDER
 */
export async function run([folder]: readonly string[]): Promise<BenchResult> {
  if (folder === undefined) throw new Error('Name a folder of labelled photos, of about 700');
  const scratch = mkdtempSync(join(tmpdir(), 'graftwork-bench-'));
  try {
    const args = ['fit', folder, '--out', join(scratch, 'model.onnx')];
    const cold = graft<FitResult>(args, join(scratch, 'cache'));
    const warm = Array.from({ length: 3 }, () => graft<FitResult>(args, join(scratch, 'cache')).seconds);
    const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
    const help = Array.from({ length: ROUNDS }, () => {
      const start = performance.now();
      spawnSync(process.execPath, [cli, '--help']);
      return (performance.now() - start) / 1000;
    });
    console.table({
      'first fit': { images: cold.result.examples, candidates: cold.result.candidates.length, seconds: cold.seconds },
      'second fit': { images: cold.result.examples, candidates: cold.result.candidates.length, seconds: median(warm) },
      'graft --help': { seconds: median(help) },
    });
    return {
      bench: 'warm',
      ratio: Math.min(FIT_GOAL / median(warm), HELP_GOAL / median(help)),
      cold: cold.seconds,
      warm: median(warm),
      help: median(help),
    };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
