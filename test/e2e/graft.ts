import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const CLOTHES = fileURLToPath(new URL('../../examples/clothes', import.meta.url));

/** A folder of the test's own, with a cache in it. */
export function workplace(name: string): string {
  return mkdtempSync(join(tmpdir(), `graftwork-${name}-`));
}

/** Runs the built program as a user does. */
export function graft(place: string, ...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [CLI, ...args], {
    cwd: place,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, GRAFTWORK_CACHE: join(place, 'cache') },
  });
}

/** The first images of some classes of the example, as class folders below `place`. */
export function clothes(place: string, folder: string, classes: readonly string[], from: number, to: number): string {
  for (const label of classes) {
    const source = join(CLOTHES, 'train', label);
    mkdirSync(join(place, folder, label), { recursive: true });
    for (const file of readdirSync(source).sort().slice(from, to))
      cpSync(join(source, file), join(place, folder, label, file));
  }
  return join(place, folder);
}
