import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asBlocks, quietContext, Random } from 'graftwork/base';
import { type CodesMethod, type CodeTable, type FittedHead, type Params, softmax, svm } from 'graftwork/methods';
import type { BenchResult } from './run.ts';
import { peer } from './support/graft.ts';
import { median } from './support/median.ts';

const ROWS = 2000;
const COLS = 1280;
const CLASSES = 10;
/** Directions that the classes differ in, and how far; chosen so that the best accuracy is near 90 %, as for hand signs. */
const LATENT = 60;
const SPREAD = 1.15;
const ROUNDS = 3;

interface Peer {
  /** Seconds for the whole path, by method. */
  readonly seconds: Readonly<Record<string, number>>;
  /** The objective at each setting, of ours and of theirs, in float64, and accuracy on rows that neither saw. */
  readonly rows: readonly {
    method: string;
    setting: string;
    ours: number;
    theirs: number;
    accuracy: number;
    theirAccuracy: number;
  }[];
}

/**
 * The whole path of settings of softmax regression and of the SVM on 2,000 × 1,280 codes of 10 classes, fitted on all rows, beside
 * scikit-learn with the same penalties on the same standardised codes. Both solutions are scored by one float64 objective with
 * unpenalised intercepts. The ratio is the worse of the two methods', the SVM's that of both its losses together. The codes are rectified mixtures of 60 latent directions, heavy-tailed and correlated like real ones.
 *
 *     npm run bench heads
 */
export async function run(): Promise<BenchResult> {
  const scratch = mkdtempSync(join(tmpdir(), 'graftwork-bench-'));
  try {
    const { codes, labels } = generate(2 * ROWS);
    const train: CodeTable = {
      codes: asBlocks({ rows: ROWS, cols: COLS, data: codes.subarray(0, ROWS * COLS) }),
      labels: labels.subarray(0, ROWS),
      classes: CLASSES,
    };
    writeFileSync(join(scratch, 'codes.f32'), codes);
    writeFileSync(join(scratch, 'labels.i32'), labels);
    const paths = [
      { name: 'softmax', method: softmax, settings: settingsOf(softmax) },
      {
        name: 'svm squared-hinge',
        method: svm,
        settings: settingsOf(svm).filter(({ loss }) => loss === 'squared-hinge'),
      },
      { name: 'svm hinge', method: svm, settings: settingsOf(svm).filter(({ loss }) => loss === 'hinge') },
    ];
    for (const { name, method, settings } of paths) {
      for (const [i, params] of settings.entries())
        await save(scratch, `${name} ${i}`, await method.fit(train, params, quietContext()));
    }
    writeFileSync(join(scratch, 'paths.json'), JSON.stringify(paths.map(({ name, settings }) => ({ name, settings }))));
    const ours: Record<string, number[]> = Object.fromEntries(paths.map(({ name }) => [name, []]));
    const theirs: Record<string, number[]> = Object.fromEntries(paths.map(({ name }) => [name, []]));
    let last: Peer | undefined;
    for (let round = 0; round < ROUNDS; round++) {
      for (const { name, method, settings } of paths) {
        const start = performance.now();
        await fitPath(method, train, settings);
        ours[name]!.push((performance.now() - start) / 1000);
      }
      last = peer<Peer>('heads.py', [scratch, String(ROWS), String(COLS), String(CLASSES)]);
      for (const [name, seconds] of Object.entries(last.seconds)) theirs[name]!.push(seconds);
    }
    const ratios = Object.fromEntries(paths.map(({ name }) => [name, median(theirs[name]!) / median(ours[name]!)]));
    console.table(last!.rows.map((row) => ({ ...row, 'ours / theirs': row.ours / row.theirs })));
    console.table(
      paths.map(({ name }) => ({
        path: name,
        ours: median(ours[name]!),
        'scikit-learn': median(theirs[name]!),
        ratio: ratios[name],
      })),
    );
    const worstObjective = Math.max(...last!.rows.map((row) => row.ours / row.theirs));
    const sum = (side: Record<string, number[]>) =>
      paths.filter(({ method }) => method === svm).reduce((total, { name }) => total + median(side[name]!), 0);
    const methods = { softmax: ratios.softmax!, svm: sum(theirs) / sum(ours) };
    console.table(methods);
    return { bench: 'heads', ratio: Math.min(...Object.values(methods)), ...methods, ratios, worstObjective };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function settingsOf(method: CodesMethod): readonly Params[] {
  return method.space({ rows: ROWS, cols: COLS, classes: CLASSES, folds: 5 });
}

/** The whole path as `fit` computes it: softmax passes through all settings to the last, the SVM's dual solves each by itself. */
async function fitPath(method: CodesMethod, table: CodeTable, settings: readonly Params[]): Promise<void> {
  for (const params of method === softmax ? settings.slice(-1) : settings)
    await method.fit(table, params, quietContext());
}

async function save(scratch: string, name: string, head: FittedHead): Promise<void> {
  // A head is linear: its answers for the zero row and the unit rows are its weights.
  const unit = new Float32Array((COLS + 1) * COLS);
  for (let j = 0; j < COLS; j++) unit[(j + 1) * COLS + j] = 1;
  writeFileSync(join(scratch, `${name}.f32`), await head.predict(asBlocks({ rows: COLS + 1, cols: COLS, data: unit })));
}

function generate(rows: number): { codes: Float32Array; labels: Int32Array } {
  const random = new Random('bench/heads');
  const mixing = Float32Array.from({ length: LATENT * COLS }, () => random.normal() / Math.sqrt(LATENT));
  const centres = Float32Array.from({ length: CLASSES * LATENT }, () => random.normal() * 0.55);
  const codes = new Float32Array(rows * COLS);
  const labels = Int32Array.from({ length: rows }, () => random.integer(CLASSES));
  const latent = new Float32Array(LATENT);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < LATENT; k++) latent[k] = centres[labels[i]! * LATENT + k]! + SPREAD * random.normal();
    for (let j = 0; j < COLS; j++) {
      let value = 0.3 * random.normal() - 0.3;
      for (let k = 0; k < LATENT; k++) value += latent[k]! * mixing[k * COLS + j]!;
      codes[i * COLS + j] = Math.max(0, value);
    }
  }
  return { codes, labels };
}
