import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { CodeStore } from './code-store.ts';
import { mergeSegments } from './merge.ts';

const folder = mkdtempSync(join(tmpdir(), 'graftwork-merge-'));
afterAll(() => rmSync(folder, { recursive: true }));

const key = (i: number) => new Uint8Array(32).fill(i);

it('makes one segment of many, with all their rows and failures', () => {
  for (let i = 0; i < 33; i++) {
    const store = CodeStore.open(folder, [1]);
    const thumbnail = new Uint8Array(256).fill(i);
    store.append({ key: key(i), fingerprint: BigInt(i), width: i, height: i, thumbnail, codes: Float32Array.of(i) });
    if (i === 5) store.appendFailure({ key: key(200), reason: 'broken' });
    store.seal();
    store.close();
  }
  const time = new Date(1_700_000_000_000);
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), time, time);
  writeFileSync(join(folder, 'notes.txt'), 'not ours');
  const live = `zzz-00000000-1-00000000.part`;
  writeFileSync(join(folder, live), 'another machine writes here');

  expect(mergeSegments(folder, [1])).toBe(33);
  const names = readdirSync(folder);
  expect(names.length).toBe(3);
  expect(names).toContain(live);
  const merged = names.find((name) => name.endsWith('.seg'))!;
  expect(statSync(join(folder, merged)).mtimeMs).toBe(time.getTime());
  expect(mergeSegments(folder, [1])).toBe(0);

  const store = CodeStore.open(folder, [1]);
  for (let i = 0; i < 33; i++) {
    const row = store.find(key(i));
    expect(row).toBeGreaterThanOrEqual(0);
    expect(store.verify(row)).toBe(true);
  }
  expect(store.find(key(100))).toBe(-1);
  expect(store.failure(key(200))).toBe('broken');
  store.close();
});
