import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FitResult, Prediction } from 'graftwork/app';
import type { BenchResult } from './run.ts';
import { graft, peer } from './support/graft.ts';

const TOLERANCE = 1e-4;

/**
 * The written model in Python's onnxruntime on the very tensor that `graft predict --dump-input` writes: the largest
 * difference of a probability. The ratio is 1e-4 over that difference.
 *
 *     npm run bench parity -- TRAIN-FOLDER NEW-FOLDER
 */
export async function run([train, fresh = train]: readonly string[]): Promise<BenchResult> {
  if (train === undefined || fresh === undefined) throw new Error('Name a folder of labelled photos');
  const scratch = mkdtempSync(join(tmpdir(), 'graftwork-bench-'));
  try {
    const model = join(scratch, 'model.onnx');
    const input = join(scratch, 'input.npy');
    graft<FitResult>(['fit', train, '--out', model], join(scratch, 'cache'));
    const { result } = graft<readonly Prediction[]>(
      ['predict', model, fresh, '--top', '1000', '--dump-input', input],
      join(scratch, 'cache'),
    );
    const { labels, probabilities } = peer<{ labels: string[]; probabilities: number[][] }>('parity.py', [
      model,
      input,
    ]);
    if (result.length === 0 || result.length !== probabilities.length) throw new Error('Nothing to compare');
    let worst = 0;
    result.forEach(({ top }, i) => {
      for (const { label, probability } of top)
        worst = Math.max(worst, Math.abs(probability - probabilities[i]![labels.indexOf(label)]!));
    });
    console.table([{ images: result.length, classes: labels.length, 'largest difference': worst }]);
    return { bench: 'parity', ratio: TOLERANCE / Math.max(worst, 1e-9), images: result.length, worst };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
