import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { replaceFile } from './replace-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'graftwork-replace-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('replaceFile', () => {
  it('replaces a file and leaves nothing else behind', async () => {
    const path = join(folder, 'a.txt');
    writeFileSync(path, 'old');
    await replaceFile(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('leaves the old file where the new one cannot be written', async () => {
    await expect(replaceFile(join(folder, 'none', 'b.txt'), 'new')).rejects.toThrow(/ENOENT/);
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });
});
