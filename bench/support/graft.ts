import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What a command printed with --json, and how long it took from start to exit. */
export interface Run<Result> {
  readonly result: Result;
  readonly seconds: number;
}

/** Runs a command with --json to its end. */
export function graft<Result>(args: readonly string[], cache: string): Run<Result> {
  const start = performance.now();
  const child = spawnSync(process.execPath, [CLI, ...args, '--json'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    env: { ...process.env, GRAFTWORK_CACHE: cache },
  });
  if (child.status !== 0) throw new Error(`graft ${args.join(' ')} ended with ${child.status}: ${child.stderr}`);
  const result: Result = JSON.parse(child.stdout);
  return { result, seconds: (performance.now() - start) / 1000 };
}

/** Starts a command and leaves it running. */
export function startGraft(args: readonly string[], cache: string) {
  return spawn(process.execPath, [CLI, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, GRAFTWORK_CACHE: cache },
  });
}

/** Runs a Python peer (GRAFTWORK_PYTHON, or `python3`), which prints one JSON object. */
export function peer<Result>(script: string, args: readonly string[]): Result {
  const path = fileURLToPath(new URL(`../peers/${script}`, import.meta.url));
  const child = spawnSync(process.env.GRAFTWORK_PYTHON ?? 'python3', [path, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (child.status !== 0) throw new Error(`The peer ${script} failed: ${child.error?.message ?? child.stderr}`);
  const result: Result = JSON.parse(child.stdout);
  return result;
}
