import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { AbortedError, GraftError, InputError } from '../../base/index.ts';
import { closeSources, readSource } from '../decode/source.ts';
import { readDataset } from '../read.ts';
import { readZip } from './zip.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'graftwork-zip-'));
});
afterAll(async () => {
  await closeSources();
  await rm(root, { recursive: true, force: true });
});

async function zip(
  name: string,
  entries: Record<string, Buffer | string>,
  folders: readonly string[] = [],
): Promise<string> {
  const file = new ZipFile();
  for (const folder of folders) file.addEmptyDirectory(folder);
  for (const [entry, content] of Object.entries(entries))
    file.addBuffer(Buffer.from(content), entry, { compress: !entry.includes('stored') });
  file.end();
  const path = join(root, name);
  await pipeline(file.outputStream, createWriteStream(path));
  return path;
}

/** Overwrites bytes of the archive, found by a text before them. */
async function patch(path: string, change: (bytes: Buffer) => void): Promise<void> {
  const bytes = await readFile(path);
  change(bytes);
  await writeFile(path, bytes);
}

const CENTRAL = Buffer.from('504b0102', 'hex');

test('the same conventions as folders; entries are read where they lie', async () => {
  const archive = await zip(
    '1.zip',
    {
      'train/ants/10.jpg': 'ten',
      'train/ants/9-stored.jpg': 'nine',
      'val/bees/ü.jpg': 'bee',
      'train/ants/.DS_Store': '',
      '__MACOSX/train/ants/._9.jpg': '',
      'train/notes.txt': '',
    },
    ['train/empty/'],
  );
  const { classes, examples, skipped } = await readDataset(archive);
  expect(classes).toEqual(['ants', 'bees']);
  expect(examples.map(({ file, split }) => `${file} ${split}`)).toEqual([
    'train/ants/9-stored.jpg train',
    'train/ants/10.jpg train',
    'val/bees/ü.jpg validation',
  ]);
  expect(skipped).toEqual([
    { file: 'train/empty/', reason: 'the folder has no images' },
    { file: 'train/notes.txt', reason: 'not an image by its extension (.txt)' },
  ]);
  const contents = await Promise.all(examples.map(({ source }) => readSource(source)));
  expect(contents.map(String)).toEqual(['nine', 'ten', 'bee']);
});

test('one folder around everything does not count, but a single class does', async () => {
  const wrapped = await readZip(await zip('2.zip', { 'photos/ants/1.jpg': 'a', 'photos/bees/2.jpg': 'b' }));
  expect(wrapped.classes).toEqual(['ants', 'bees']);
  expect(String(await readSource(wrapped.examples[1]!.source))).toBe('b');
  expect((await readZip(await zip('3.zip', { 'ants/1.jpg': 'a', 'ants/2.jpg': 'b' }))).classes).toEqual(['ants']);
});

test('names that lead outside, encrypted and oddly packed entries are listed, the rest is read', async () => {
  const archive = await zip('4.zip', {
    'a/1.jpg': 'one',
    'b/xx/e.jpg': 'escape',
    'b/secret.jpg': 's',
    'b/method.jpg': 'm',
    'b/huge.jpg': 'h',
  });
  await patch(archive, (bytes) => {
    bytes.write('b/../', bytes.lastIndexOf('b/xx/e.jpg'));
    const headerOf = (name: string) => bytes.lastIndexOf(name) - 46;
    bytes[headerOf('b/secret.jpg') + 8]! |= 1;
    bytes.writeUInt16LE(93, headerOf('b/method.jpg') + 10);
    bytes.writeUInt32LE(0x7fffffff, headerOf('b/huge.jpg') + 24);
  });
  const { examples, skipped } = await readZip(archive);
  expect(examples.map(({ file }) => file)).toEqual(['a/1.jpg']);
  expect(skipped.map(({ file, reason }) => `${file}: ${reason.split(':')[0]}`)).toEqual([
    'b/: the folder has no images',
    'b/../e.jpg: its name leads outside of the archive (invalid relative path',
    'b/huge.jpg: too large',
    'b/method.jpg: packed by method 93, which is not supported',
    'b/secret.jpg: encrypted',
  ]);
});

test('bombs: ratio, lies about the size, overlapping entries', async () => {
  const bomb = await zip('5.zip', { 'a/1.jpg': 'x', 'a/bomb.png': Buffer.alloc(8 << 20) });
  expect((await readZip(bomb)).skipped).toEqual([
    { file: 'a/bomb.png', reason: 'unpacks to more than 200 times its size, as zip bombs do' },
  ]);

  const liar = await zip('6.zip', { 'a/1.jpg': Buffer.alloc(1 << 20) });
  await patch(liar, (bytes) => bytes.writeUInt32LE(2000, bytes.lastIndexOf(CENTRAL) + 24));
  const { examples } = await readZip(liar);
  await expect(readSource(examples[0]!.source)).rejects.toThrow(InputError);

  const overlapping = await zip('7.zip', { 'a/1-stored.jpg': Buffer.alloc(5000), 'a/2-stored.jpg': Buffer.alloc(10) });
  await patch(overlapping, (bytes) => {
    const header = bytes.lastIndexOf('a/2-stored.jpg') - 46;
    bytes.writeUInt32LE(5000, header + 20);
    bytes.writeUInt32LE(5000, header + 24);
  });
  await expect(readZip(overlapping)).rejects.toThrow(/overlap/);
});

test('damaged entries are refused by their checksum, damaged archives as a whole', async () => {
  const archive = await zip('8.zip', { 'a/1-stored.jpg': 'content' });
  const { examples } = await readZip(archive);
  await patch(archive, (bytes) => bytes.write('Content', bytes.indexOf('content')));
  await expect(readSource(examples[0]!.source)).rejects.toThrow(/checksum/);
  await expect(readSource({ kind: 'zip', archive, entry: 'gone', size: 0, crc32: 0 })).rejects.toThrow(/no such entry/);
  await writeFile(join(root, '9.zip'), 'this is no zip');
  await expect(readZip(join(root, '9.zip'))).rejects.toThrow(InputError);
  await expect(readZip(archive, { signal: AbortSignal.abort() })).rejects.toThrow(AbortedError);
});

test('more archives than stay open, read at once', async () => {
  const archives = await Promise.all(
    Array.from({ length: 7 }, (_, i) => zip(`many${i}.zip`, { 'a/1.jpg': `content ${i}` })),
  );
  const sources = archives.map((archive) => ({ kind: 'zip', archive, entry: 'a/1.jpg', size: 9, crc32: 0 }) as const);
  const contents = await Promise.all([...sources, ...sources].map((source) => readSource(source)));
  expect(contents.map(String)).toEqual([...sources, ...sources].map((_, i) => `content ${i % 7}`));
});

test('any change of bytes is read or refused with a GraftError', async () => {
  const good = await readFile(await zip('good.zip', { 'a/1.jpg': 'one', 'b/2-stored.jpg': 'two' }));
  const path = join(root, 'fuzz.zip');
  const edit = fc.record({ at: fc.nat(good.length - 1), to: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), fc.nat(good.length), async (edits, cut) => {
      const bytes = Buffer.from(good);
      for (const { at, to } of edits) bytes[at] = to;
      await writeFile(path, cut % 3 === 0 ? bytes.subarray(0, cut) : bytes);
      try {
        const { examples } = await readZip(path);
        for (const { source } of examples) await readSource(source);
      } catch (error) {
        expect(error).toBeInstanceOf(GraftError);
      }
    }),
    { numRuns: 300 },
  );
});
