import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AbortedError, GraftError, InputError } from '../../base/index.ts';
import { readDataset } from '../read.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'graftwork-list-'));
  await mkdir(join(root, 'lists'));
  for (const file of ['a.jpg', 'b.jpg', 'c, "d".jpg', 'caf\u00e9.jpg', 'lists/e.jpg'])
    await writeFile(join(root, file), 'x');
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

async function read(name: string, text: string, options = {}) {
  await writeFile(join(root, name), text);
  const { classes, examples, skipped } = await readDataset(join(root, name), options);
  return {
    rows: examples.map(({ file, label, split, group }) =>
      [file, classes[label], split, group].filter((cell) => cell !== undefined).join('|'),
    ),
    skipped: skipped.map(({ file, reason }) => `${file}: ${reason}`),
  };
}

test('CSV with a byte order mark, quotes, CRLF, and columns in any case', async () => {
  const text = '\ufeffFile,Label,note\r\nb.jpg,bee,"two\r\nlines"\r\n"c, ""d"".jpg","an ant",\r\na.jpg , ant ,x\r\n';
  expect(await read('1.csv', text)).toEqual({ rows: ['a.jpg|ant', 'b.jpg|bee', 'c, "d".jpg|an ant'], skipped: [] });
});

test('semicolons and tabs', async () => {
  expect((await read('2.csv', 'path;class\na.jpg;1\nb.jpg;10\n')).rows).toEqual(['a.jpg|1', 'b.jpg|10']);
  expect((await read('3.tsv', 'image\ttarget\na.jpg\tx, y\n')).rows).toEqual(['a.jpg|x, y']);
});

test('JSON lines', async () => {
  const text =
    '\ufeff{"filename": "a.jpg", "category": 3}\n\n{"filename": "b.jpg", "category": true, "tags": ["x"]}\n{"filename": "a.jpg"}\n';
  expect(await read('4.jsonl', text)).toEqual({
    rows: ['a.jpg|3', 'b.jpg|true'],
    skipped: ['a.jpg: line 4 has no category'],
  });
});

test('target, group and split columns', async () => {
  const text = 'path,label,kind,patient,fold\na.jpg,1,x,p1,train\nb.jpg,2,y,,TEST\ncaf\u00e9.jpg,2,y,p2,\n';
  const options = { target: 'kind', group: 'patient', split: 'fold' };
  expect((await read('5.csv', text, options)).rows).toEqual(['a.jpg|x|train|p1', 'b.jpg|y|test', 'caf\u00e9.jpg|y|p2']);
  expect((await read('6.csv', 'path,label,split,group\na.jpg,1,val,g\n')).rows).toEqual(['a.jpg|1|validation|g']);
  expect((await read('7.csv', text, { group: /^(.)/ })).rows[0]).toBe('a.jpg|1|a');
});

test('missing columns are named, with those that are there', async () => {
  await expect(read('8.csv', 'name,label\na.jpg,1\n')).rejects.toThrow(/column of image paths.*'name', 'label'/);
  await expect(read('8.csv', 'path,x\na.jpg,1\n')).rejects.toThrow(/column of labels.*'path', 'x'/);
  await expect(read('8.csv', 'path,label\na.jpg,1\n', { target: 'kind' })).rejects.toThrow(
    /target column 'kind'.*'path', 'label'/,
  );
  await expect(read('8.csv', 'path,label\na.jpg,1\n', { group: 'kind' })).rejects.toThrow(/group column 'kind'/);
  await expect(read('8.csv', 'path,label,split\na.jpg,1,7\n')).rejects.toThrow(/line 2: '7' is no split/);
  expect((await read('8.csv', 'path\na.jpg\n', { labels: 'optional' })).rows).toEqual(['a.jpg']);
});

test('missing files, empty cells and repeated rows are listed', async () => {
  const text = `path,label\na.jpg,1\ngone.jpg,1\nb.jpg,\n,2\na.jpg,1\na.jpg,2\nnotes.txt,1\nlists,1\nhttps://example.org/x.jpg,1\n`;
  expect(await read('9.csv', text)).toEqual({
    rows: ['a.jpg|1'],
    skipped: [
      '9.csv:5: line 5 has no path',
      'a.jpg: line 6 lists it again (first on line 2)',
      'a.jpg: line 7 lists it again (first on line 2 as 1, here as 2)',
      'b.jpg: line 4 has no label',
      'gone.jpg: there is no such file (line 3)',
      'https://example.org/x.jpg: there is no such file (line 10)',
      'lists: not a regular file (line 9)',
      'notes.txt: not an image by its extension (.txt) (line 8)',
    ],
  });
});

test("paths are the user's own: above the list, absolute, with backslashes, in the other Unicode form", async () => {
  const text = `path,label\n../a.jpg,1\n${join(root, 'b.jpg')},1\n..\\cafe\u0301.jpg,1\n../cafe\u0301.jpg,2\ne.jpg,1\n`;
  const { rows, skipped } = await read('lists/10.csv', text);
  expect(rows).toEqual(['../a.jpg|1', '../cafe\u0301.jpg|2', `${join(root, 'b.jpg')}|1`, 'e.jpg|1']);
  expect(skipped).toEqual(['..\\cafe\u0301.jpg: there is no such file (line 4)']);
});

test('broken lists are errors that name the line', async () => {
  await expect(read('11.jsonl', '{"path": "a.jpg", "label": 1}\n{oops\n')).rejects.toThrow(/line 2/);
  await expect(read('11.jsonl', '[1]\n')).rejects.toThrow(/line 1: not a JSON object/);
  await expect(read('11.csv', 'path,label\n"a.jpg,1\n')).rejects.toThrow(InputError);
  await expect(read('11.csv', '')).rejects.toThrow(InputError);
  await expect(read('11.csv', 'path,label\na.jpg,1\n', { signal: AbortSignal.abort() })).rejects.toThrow(AbortedError);
});

test('any text is read or refused with a GraftError', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a', ';', '\0', '{', '}'), maxLength: 40 }),
      async (noise) => {
        for (const name of ['f.csv', 'f.jsonl']) {
          try {
            await read(name, name === 'f.csv' ? `path,label\na.jpg,1\n${noise}` : noise);
          } catch (error) {
            expect(error).toBeInstanceOf(GraftError);
          }
        }
      },
    ),
    { numRuns: 150 },
  );
});
