import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AbortedError, InputError } from '../../base/index.ts';
import { readDataset } from '../read.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'graftwork-folder-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function write(...files: string[]): Promise<void> {
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), 'x');
  }
}

async function list(options = {}) {
  const { classes, examples, skipped } = await readDataset(root, options);
  return {
    classes,
    files: examples.map(({ file, label, split }) =>
      [file, classes[label] ?? '', ...(split === undefined ? [] : [split])].join(' '),
    ),
    skipped: skipped.map(({ file, reason }) => `${file}: ${reason}`),
  };
}

test('class folders, nested folders, natural order, sources', async () => {
  await write('bees/10.jpg', 'bees/9.JPG', 'ants/macro/deep/1.png', 'ants/2', 'class10/a.webp', 'class9/a.tiff');
  expect(await list()).toEqual({
    classes: ['ants', 'bees', 'class9', 'class10'],
    files: [
      'ants/2 ants',
      'ants/macro/deep/1.png ants',
      'bees/9.JPG bees',
      'bees/10.jpg bees',
      'class9/a.tiff class9',
      'class10/a.webp class10',
    ],
    skipped: [],
  });
  const { examples } = await readDataset(root);
  expect(examples[0]!.source).toMatchObject({ kind: 'file', path: join(root, 'ants/2'), size: 1 });
});

test('split folders, in any spelling', async () => {
  await write('Train/ants/1.jpg', 'valid/ants/2.jpg', 'TESTING/bees/3.jpg', 'train.csv');
  expect(await list()).toEqual({
    classes: ['ants', 'bees'],
    files: ['TESTING/bees/3.jpg bees test', 'Train/ants/1.jpg ants train', 'valid/ants/2.jpg ants validation'],
    skipped: ['train.csv: not an image by its extension (.csv)'],
  });
});

test('a class named train beside other classes stays a class', async () => {
  await write('train/1.jpg', 'bus/2.jpg', 'car/3.jpg');
  expect((await list()).classes).toEqual(['bus', 'car', 'train']);
});

test('folders beside a split are listed', async () => {
  await write('train/a/1.jpg', 'test/a/2.jpg', 'raw/3.jpg');
  const { files, skipped } = await list();
  expect(files).toHaveLength(2);
  expect(skipped).toEqual(['raw/3.jpg: stands beside the split folders test, train: move it into one']);
});

test('a flat folder and flat splits have no labels', async () => {
  await write('1.jpg', '2.jpg');
  expect(await list()).toEqual({ classes: [], files: ['1.jpg ', '2.jpg '], skipped: [] });
  await rm(join(root, '1.jpg'));
  await rm(join(root, '2.jpg'));
  await write('train/1.jpg', 'test/2.jpg');
  expect(await list()).toEqual({ classes: [], files: ['test/2.jpg  test', 'train/1.jpg  train'], skipped: [] });
});

test('junk is passed over silently, the rest is listed with its reason', async () => {
  await write('a/1.jpg', 'a/.hidden.jpg', 'a/Thumbs.db', '.DS_Store', '__MACOSX/a/1.jpg', 'a/._1.jpg', 'a/desktop.ini');
  await write('2.jpg', 'a/notes.txt', 'a/logo.svg', 'a/clip.mp4', 'a/raw.CR2', 'a/holiday.2019');
  await mkdir(join(root, 'empty/inner'), { recursive: true });
  await write('texts/1.md');
  expect(await list()).toEqual({
    classes: ['a'],
    files: ['a/1.jpg a', 'a/holiday.2019 a'],
    skipped: [
      '2.jpg: stands beside the class folders, so it has no class: move it into one',
      'a/clip.mp4: not an image by its extension (.mp4): extract its frames as JPEG',
      'a/logo.svg: not an image by its extension (.svg): export it as PNG',
      'a/notes.txt: not an image by its extension (.txt)',
      'a/raw.CR2: not an image by its extension (.cr2): export it as JPEG',
      'empty/: the folder has no images',
      'texts/: the folder has no images',
      'texts/1.md: not an image by its extension (.md)',
    ],
  });
});

test('links: loops and copies are read once, files through links count, dead ones are listed', async () => {
  await write('a/1.jpg', 'b/2.jpg');
  await symlink(root, join(root, 'a/loop'));
  await symlink(join(root, 'a'), join(root, '0-copy'));
  await symlink(join(root, 'a/1.jpg'), join(root, 'b/linked.jpg'));
  await symlink('nowhere', join(root, 'b/dead.jpg'));
  await symlink('self', join(root, 'b/self'));
  expect(await list()).toEqual({
    classes: ['a', 'b'],
    files: ['a/1.jpg a', 'b/2.jpg b', 'b/linked.jpg b'],
    skipped: [
      '0-copy/: a link to a, which is read already',
      'a/loop/: a link to the root, which is read already',
      'b/dead.jpg: a link that leads nowhere',
      'b/self: a link that leads nowhere',
    ],
  });
});

test.runIf(process.platform === 'linux')(
  'names: composed and decomposed Unicode are one class, broken UTF-8 is listed',
  async () => {
    await write('caf\u00e9/1.jpg', 'cafe\u0301/2.jpg', '日本/ü 1.jpg');
    await writeFile(Buffer.concat([Buffer.from(`${root}/日本/`), Buffer.from([0xff, 0x2e, 0x6a, 0x70, 0x67])]), 'x');
    const { classes, examples, skipped } = await readDataset(root);
    expect(classes).toEqual(['caf\u00e9', '日本']);
    expect(examples.map(({ label }) => label)).toEqual([0, 0, 1]);
    expect(skipped.map(({ reason }) => reason)).toEqual(['its name is not valid UTF-8: rename it']);
  },
);

test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('unreadable folders are listed', async () => {
  await write('a/1.jpg', 'b/2.jpg');
  await chmod(join(root, 'b'), 0);
  const { skipped } = await list();
  await chmod(join(root, 'b'), 0o755);
  expect(skipped).toEqual(['b/: the folder cannot be read (EACCES)']);
});

test('groups by a pattern over the path', async () => {
  await write('a/p1_1.jpg', 'a/p1_2.jpg', 'b/p2_1.jpg', 'b/other.jpg');
  const { examples } = await readDataset(root, { group: /(p\d+)_/g });
  expect(examples.map(({ group }) => group)).toEqual(['p1', 'p1', undefined, 'p2']);
  await expect(readDataset(root, { group: /(x\d+)_/ })).rejects.toThrow(/matches none of 4 paths/);
  await expect(readDataset(root, { group: 'patient' })).rejects.toThrow(InputError);
});

test('refuses what has no images, and what is not there', async () => {
  await expect(readDataset(root)).rejects.toThrow(/it is empty/);
  await write('a/1.txt', 'a/2.txt');
  await expect(readDataset(root)).rejects.toThrow(/no images.*2 more/);
  await expect(readDataset(join(root, 'gone'))).rejects.toThrow(/nothing is there/);
});

test('one image file is a data set of one', async () => {
  await write('x.jpg');
  const { examples } = await readDataset(join(root, 'x.jpg'));
  expect(examples).toMatchObject([{ file: 'x.jpg', label: -1 }]);
});

test('stops when aborted', async () => {
  await write('a/1.jpg');
  await expect(readDataset(root, { signal: AbortSignal.abort() })).rejects.toThrow(AbortedError);
  const controller = new AbortController();
  const listing = readDataset(root, { signal: controller.signal, report: () => controller.abort() });
  await expect(listing).rejects.toThrow(AbortedError);
});
