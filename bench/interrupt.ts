import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FitResult } from 'graftwork/app';
import { Random } from 'graftwork/base';
import type { BenchResult } from './run.ts';
import { graft, startGraft } from './support/graft.ts';

const GOAL_MS = 500;
const TRIALS = 20;

/**
 * How long `graft fit` takes to end after Ctrl-C at random moments of its run, with a cache that grows from trial to trial,
 * so that all its phases are met. The ratio is 500 ms over the slowest answer.
 *
 *     npm run bench interrupt -- FOLDER
 */
export async function run([folder]: readonly string[]): Promise<BenchResult> {
  if (folder === undefined) throw new Error('Name a folder of labelled photos');
  const scratch = mkdtempSync(join(tmpdir(), 'graftwork-bench-'));
  const cache = join(scratch, 'cache');
  const args = ['fit', folder, '--out', join(scratch, 'model.onnx')];
  const random = new Random('bench/interrupt');
  const rows: { after: number; milliseconds: number; status: string; phase: string }[] = [];
  try {
    let whole = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      // The first half meets the reading of images; then the cache is filled, and the rest meets what comes after.
      if (trial === TRIALS / 2) {
        graft<FitResult>(args, cache);
        whole = graft<FitResult>(args, cache).seconds * 1000;
      }
      const after = trial < TRIALS / 2 ? 50 + random.next() * 4000 : random.next() * whole;
      rows.push(await interruptOnce(args, cache, after));
    }
    console.table(rows);
    const interrupted = rows.filter(({ status }) => status !== 'was over');
    const crashed = interrupted.filter(({ status }) => status !== 'SIGINT');
    if (crashed.length > 0) throw new Error(`Ctrl-C ended with ${crashed.map(({ status }) => status).join(', ')}`);
    if (interrupted.length < TRIALS / 2) throw new Error(`Only ${interrupted.length} runs were interrupted`);
    const slowest = Math.max(...interrupted.map(({ milliseconds }) => milliseconds));
    return { bench: 'interrupt', ratio: GOAL_MS / slowest, slowest, trials: interrupted.length };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function interruptOnce(args: readonly string[], cache: string, after: number) {
  return new Promise<{ after: number; milliseconds: number; status: string; phase: string }>((resolve) => {
    const child = startGraft(args, cache);
    let log = '';
    let sent = 0;
    child.stderr.on('data', (data: Buffer) => {
      if (sent === 0) log = String(data).trim().split('\n').at(-1) ?? log;
    });
    const timer = setTimeout(() => {
      sent = performance.now();
      child.kill('SIGINT');
    }, after);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      const milliseconds = sent === 0 ? 0 : performance.now() - sent;
      resolve({
        after: Math.round(after),
        milliseconds: Math.round(milliseconds),
        status: sent === 0 ? 'was over' : String(signal ?? code),
        phase: log.slice(0, 40),
      });
    });
  });
}
