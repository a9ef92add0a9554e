import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { EmbedResult, FitResult } from 'graftwork/app';
import { findTaps } from 'graftwork/rewrite';
import { findCard, loadBackbone } from 'graftwork/zoo';
import type { BenchResult } from './run.ts';
import { graft, peer } from './support/graft.ts';

/**
 * `graft fit` on folders of labelled photos, beside scikit-learn's logistic regression (standardised, C = 1, 5 stratified
 * folds) on the codes of the same network: the last code, and all landmarks. Ours is the corrected score, theirs is not
 * corrected for anything. The ratio is the worst of corrected over the better of theirs.
 *
 *     npm run bench accuracy -- FOLDER FOLDER …
 */
export async function run(folders: readonly string[]): Promise<BenchResult> {
  if (folders.length === 0) throw new Error('Name one or more folders of labelled photos');
  const scratch = mkdtempSync(join(tmpdir(), 'graftwork-bench-'));
  const { model } = await loadBackbone(findCard('efficientnet-lite0'));
  const landmarks = findTaps(model).filter((tap) => tap.landmark && !tap.logits);
  const rows: Record<string, unknown>[] = [];
  try {
    for (const folder of folders) {
      const cache = join(scratch, 'cache');
      const { result, seconds } = graft<FitResult>(
        ['fit', folder, '--holdout', 'none', '--out', join(scratch, 'model.onnx')],
        cache,
      );
      const reference = (taps: readonly string[]) => {
        const codes = join(scratch, 'codes.npy');
        const { result: embedded } = graft<EmbedResult>(
          ['embed', folder, '--taps', taps.join(','), '--out', codes],
          cache,
        );
        const labels = join(scratch, 'labels.json');
        writeFileSync(labels, JSON.stringify(embedded.files.map((file) => basename(dirname(file)))));
        return peer<{ accuracy: number }>('accuracy.py', [codes, labels]).accuracy;
      };
      const last = reference([landmarks.at(-1)!.id]);
      const all = reference(landmarks.map(({ id }) => id));
      rows.push({
        data: folder,
        images: result.examples,
        corrected: result.winner.corrected.mean,
        'out of fold': result.winner.score.mean,
        winner: result.winner.id,
        'scikit-learn, last code': last,
        'scikit-learn, all landmarks': all,
        seconds,
      });
    }
    console.table(rows);
    const ratio = Math.min(
      ...rows.map(
        (row) =>
          Number(row.corrected) /
          Math.max(Number(row['scikit-learn, last code']), Number(row['scikit-learn, all landmarks'])),
      ),
    );
    return { bench: 'accuracy', ratio, rows };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
