import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AbortedError,
  BudgetError,
  float32,
  InputError,
  int64,
  type Progress,
  quietContext,
  Random,
  workerUrl,
} from '../base/index.ts';
import { decodeImage, type Example, type View } from '../data/index.ts';
import { GraphBuilder, writeModel } from '../onnx/index.ts';
import { type Cache, openCache } from './cache/cache.ts';
import type { CodeSource } from './code-source.ts';
import { type ExtractOptions, extract } from './extract.ts';
import { joinSources } from './join-sources.ts';
import type { ExtractionPlan } from './plan.ts';
import { recall } from './recall.ts';

const folder = mkdtempSync(join(tmpdir(), 'graftwork-extract-'));
afterAll(() => rmSync(folder, { recursive: true }));

const COUNT = 150;
const view: View = { id: 'squash', width: 8, height: 6, kernel: 'cubic' };
let examples: Example[];
let cache: Cache;
let caches = 0;
let jobs = 0;

/** Mean colour (tap `rgb`), and the red of each pixel of the first row (tap `row`). */
function plan(key = 'test'): ExtractionPlan {
  const b = new GraphBuilder();
  const image = b.input('image', 'uint8', ['N', view.height, view.width, 3]);
  const pixels = b.node('Cast', [image], { to: 1 });
  const rgb = b.node('ReduceMean', [pixels, b.constant(int64([2], [1, 2]))], { keepdims: 0 });
  const starts = b.constant(int64([2], [0, 0]));
  const red = b.node('Slice', [pixels, starts, b.constant(int64([2], [1, 1])), b.constant(int64([2], [1, 3]))]);
  const row = b.node('Reshape', [red, b.constant(int64([2], [-1, view.width]))]);
  b.output(b.node('Concat', [rgb, row], { axis: 1 }, { outputs: ['codes'] }), 'float32', ['N', 3 + view.width]);
  return {
    model: writeModel(b.build()),
    taps: [
      { id: 'rgb', channels: 3 },
      { id: 'row', channels: view.width },
    ],
    view,
    key,
  };
}

function exampleOf(path: string): Example {
  const { size, mtimeMs, ino } = statSync(path);
  const file = path.slice(folder.length + 1);
  return { file, source: { kind: 'file', path, size, mtimeMs, inode: ino }, label: -1 };
}

/** Gives a file a time of change long ago, as files of a real data set have. */
function age(path: string): void {
  utimesSync(path, 1_600_000_000.5, 1_600_000_000.5);
}

beforeAll(async () => {
  const random = new Random(1);
  mkdirSync(join(folder, 'images'));
  examples = [];
  for (let i = 0; i < COUNT; i++) {
    const path = join(folder, 'images', `${i}.png`);
    const raw = Uint8Array.from({ length: 12 * 10 * 3 }, () => random.integer(256));
    writeFileSync(
      path,
      await sharp(raw, { raw: { width: 12, height: 10, channels: 3 } })
        .png()
        .toBuffer(),
    );
    age(path);
    examples.push(exampleOf(path));
  }
});

beforeEach(() => {
  cache = openCache({ directory: join(folder, `cache${caches++}`) });
});

const run = (list = examples, options: ExtractOptions = {}, context = quietContext()) =>
  extract(list, plan(), cache, context, { workers: 2, ...options });

/** What the codes must be, by the decoder and plain sums. */
async function expectRight(source: CodeSource, list = examples): Promise<void> {
  const rgb = source.load(['rgb']);
  const row = source.load(['row']);
  for (const i of [0, 1, Math.floor(source.kept.length / 2), source.kept.length - 1]) {
    const path = list[source.kept[i]!]!.source;
    if (path.kind !== 'file') throw new Error('a file was expected');
    const bytes = readFileSync(path.path);
    const image = await decodeImage(bytes, view);
    if (!image.ok) throw new Error(image.reason);
    const mean = [0, 0, 0];
    image.pixels.forEach((value, at) => {
      mean[at % 3]! += value / (view.width * view.height);
    });
    for (let c = 0; c < 3; c++) expect(rgb.data[i * 3 + c]).toBeCloseTo(mean[c]!, 3);
    for (let x = 0; x < view.width; x++) expect(row.data[i * view.width + x]).toBe(image.pixels[x * 3]);
    expect(Buffer.from(source.hashes.subarray(i * 32, i * 32 + 32))).toEqual(
      createHash('sha256').update(bytes).digest(),
    );
    expect(source.fingerprints[i]).toBe(image.fingerprint);
    expect(source.thumbnails(Int32Array.of(i))).toEqual(image.thumbnail);
    expect([...source.sizes.subarray(i * 2, i * 2 + 2)]).toEqual([12, 10]);
  }
}

function segments(): string[] {
  const codes = join(cache.directory, 'codes');
  return readdirSync(codes, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('extract', () => {
  it('computes every image once, and keeps the order of the list', async () => {
    const source = await run();
    expect(source.computed).toBe(COUNT);
    expect(source.skipped).toEqual([]);
    expect([...source.kept]).toEqual(examples.map((_, i) => i));
    await expectRight(source);
    source.close();

    const reversed = [...examples].reverse();
    const again = await run(reversed);
    expect(again.computed).toBe(0);
    await expectRight(again, reversed);
    again.close();
    expect(segments().length).toBe(1);
  });

  it('reads any rows of any taps, side by side and in blocks', async () => {
    const source = await run();
    const all = source.load(['row', 'rgb']);
    const row = source.load(['row']);
    expect([all.rows, all.cols]).toEqual([COUNT, 11]);
    for (let i = 0; i < COUNT; i++)
      expect(all.data.subarray(i * 11, i * 11 + 8)).toEqual(row.data.subarray(i * 8, i * 8 + 8));
    const rows = Int32Array.from({ length: 400 }, (_, i) => (i * 37) % COUNT);
    const some = source.codes(['row'], rows);
    expect([some.rows, some.cols]).toEqual([400, 8]);
    let at = 0;
    for (const block of some.blocks()) {
      for (let i = 0; i < block.rows; i++, at++) {
        const begin = rows[at]! * 8;
        expect(block.data.subarray(i * 8, i * 8 + 8)).toEqual(row.data.subarray(begin, begin + 8));
      }
    }
    expect(at).toBe(400);
    expect(source.load(['rgb'], new Int32Array(0)).rows).toBe(0);
    expect(() => source.codes(['deep'])).toThrow(/'deep': the taps are rgb, row/);
    expect(() => source.codes(['rgb'], Int32Array.of(COUNT))).toThrow(/row 150/);
    source.close();
  });

  it('reads no image in a warm run', async () => {
    const copies = join(folder, 'copies');
    mkdirSync(copies);
    const list = examples.slice(0, 20).map((example, i) => {
      const path = join(copies, `${i}.png`);
      writeFileSync(path, readFileSync(join(folder, example.file)));
      age(path);
      return exampleOf(path);
    });
    const cold = await run(list);
    const before = cold.load(['rgb', 'row']);
    cold.close();
    for (const { source } of list) {
      if (source.kind !== 'file') continue;
      writeFileSync(source.path, Buffer.alloc(source.size));
      age(source.path);
    }
    const warm = await run(list);
    expect(warm.computed).toBe(0);
    expect(warm.load(['rgb', 'row'])).toEqual(before);
    warm.close();
    // The same files under another plan have to be read, and then show what they have become.
    const other = await extract(list, plan('other'), cache, quietContext());
    expect(other.skipped.map(({ reason }) => reason)).toEqual(list.map(() => expect.stringContaining('00 00')));
    other.close();
  });

  it('computes equal contents once, under whatever names', async () => {
    const path = join(folder, 'images', 'twin.png');
    writeFileSync(path, readFileSync(join(folder, examples[3]!.file)));
    age(path);
    const twin = exampleOf(path);
    const list = [examples[3]!, twin, twin, examples[4]!, twin];
    const source = await run(list);
    expect(source.computed).toBe(2);
    const { data } = source.load(['row']);
    for (const i of [1, 2, 4]) expect(data.subarray(i * 8, i * 8 + 8)).toEqual(data.subarray(0, 8));
    source.close();
  });

  it('lists what cannot be used, with the reason, and remembers it', async () => {
    const bad = join(folder, 'bad.png');
    writeFileSync(bad, 'hello');
    age(bad);
    const gone: Example = {
      file: 'gone.png',
      label: -1,
      source: { kind: 'file', path: join(folder, 'gone.png'), size: 1, mtimeMs: 1, inode: 1 },
    };
    const list = [examples[0]!, exampleOf(bad), gone, examples[1]!];
    for (const computed of [2, 0]) {
      const source = await run(list);
      expect(source.computed).toBe(computed);
      expect([...source.kept]).toEqual([0, 3]);
      expect(source.skipped).toEqual([
        { file: 'bad.png', reason: expect.stringContaining('not an image') },
        { file: 'gone.png', reason: expect.stringContaining('ENOENT') },
      ]);
      source.close();
    }
  });

  it('tells of a network that does not do what its plan says', async () => {
    const wrong = { ...plan(), taps: [{ id: 'rgb', channels: 4 }] };
    await expect(extract(examples, wrong, cache, quietContext())).rejects.toThrow(
      /gives 11 codes an image, its taps have 4/,
    );
    await expect(extract(examples, { ...plan('x'), model: new Uint8Array(9) }, cache, quietContext())).rejects.toThrow(
      InputError,
    );
  });

  it('stops when it is told to, and goes on from there', async () => {
    const controller = new AbortController();
    let answered = 0;
    const context = quietContext({
      signal: controller.signal,
      report: ({ done }) => {
        if (done >= 60 && !controller.signal.aborted) {
          answered = performance.now();
          controller.abort();
        }
      },
    });
    await expect(run(examples, {}, context)).rejects.toThrow(AbortedError);
    expect(performance.now() - answered).toBeLessThan(500);
    const source = await run();
    expect(source.computed).toBeLessThanOrEqual(COUNT - 60);
    expect(source.computed).toBeGreaterThan(0);
    await expectRight(source);
    source.close();
    await expect(run(examples, {}, quietContext({ signal: AbortSignal.abort() }))).rejects.toThrow(AbortedError);
  });

  it('ends at its deadline, saying how much is left', async () => {
    const context = quietContext({ deadline: Date.now() + 60_000, report: () => {} });
    const late = quietContext({ deadline: Date.now() - 1 });
    await expect(run(examples, {}, late)).rejects.toThrow(BudgetError);
    await expect(run(examples, {}, late)).rejects.toThrow('150 images left');
    (await run(examples, {}, context)).close();
  });

  it('ends at a deadline that comes in the middle, and keeps what was computed', async () => {
    const deadline = Date.now() + 4000;
    // Time stands still for the extraction from the 70th image on until the deadline has passed.
    const report = ({ step, done }: Progress) => {
      if (step !== 'Computing codes' || done < 70) return;
      const left = deadline + 1 - Date.now();
      if (left > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, left);
    };
    const failure = await run(examples, {}, quietContext({ deadline, report })).catch((error) => error);
    expect(Date.now() - deadline).toBeLessThan(600);
    expect(failure).toBeInstanceOf(BudgetError);
    expect(failure.message).toMatch(/^Cannot compute all codes in time: \d+ images left; they need about \d/);
    const source = await run();
    expect(source.computed).toBeGreaterThan(0);
    expect(source.computed).toBeLessThanOrEqual(COUNT - 70);
    await expectRight(source);
    source.close();
  });

  it('computes anew what is torn or damaged in the cache, and nothing else', async () => {
    const whole = await run();
    const before = whole.load(['rgb', 'row']);
    whole.close();
    const [segment] = segments();
    truncateSync(segment!, statSync(segment!).size - 5);
    const torn = await run();
    expect(torn.computed).toBe(COUNT % 64);
    expect(torn.load(['rgb', 'row'])).toEqual(before);
    torn.close();

    const bytes = readFileSync(segment!);
    const codesOfFirstChunk = 40 + 64 * (32 + 8 + 8 + 256) + 100;
    bytes[codesOfFirstChunk]! ^= 1;
    writeFileSync(segment!, bytes);
    const damaged = await run();
    expect(damaged.computed).toBe(64);
    expect(damaged.load(['rgb', 'row'])).toEqual(before);
    damaged.close();

    for (const path of segments()) writeFileSync(path, Buffer.alloc(500, 'x'));
    writeFileSync(join(cache.directory, 'files.index'), Buffer.alloc(5000, 'x'));
    const hostile = await run();
    expect(hostile.computed).toBe(COUNT);
    expect(hostile.load(['rgb', 'row'])).toEqual(before);
    hostile.close();
  });

  it('keeps the cache within its limit, without touching what is in use', async () => {
    const limited = { ...cache, limit: 1 };
    const first = await extract(examples.slice(0, 50), plan('a'), limited, quietContext());
    first.close();
    expect(segments().length).toBe(1);
    const [old] = segments();
    const second = await extract(examples.slice(0, 50), plan('b'), limited, quietContext());
    expect(segments().length).toBe(1);
    expect(segments()).not.toContain(old);
    await expectRight(second);
    second.close();
  });

  it('says what a full disk means, and keeps what was computed', async () => {
    let writes = 0;
    const write: ExtractOptions['write'] = (fd, bytes, position) => {
      // The first chunk fits, and then half of the second.
      const room = writes++ === 0 ? bytes : bytes.subarray(0, bytes.length >> 1);
      writeSync(fd, room, 0, room.length, position);
      if (room !== bytes) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    const failure = await run(examples, { write }).catch((error) => error);
    expect(writes).toBeGreaterThan(1);
    expect(failure).toBeInstanceOf(InputError);
    expect(failure.message).toMatch(
      /^Cannot write codes to .*\.part: the disk is full \(the next piece needs 2\d\.\d kB\)$/,
    );
    expect(failure.fix).toMatch(/^Free some space/);
    const source = await run();
    expect(source.computed).toBe(COUNT - 64);
    await expectRight(source);
    source.close();
  });

  it('lets several extractions share a cache at once', async () => {
    const sources = await Promise.all([run(), run([...examples].reverse()), run(examples.slice(40))]);
    await expectRight(sources[0]);
    await expectRight(sources[1], [...examples].reverse());
    await expectRight(sources[2], examples.slice(40));
    for (const source of sources) source.close();
    const again = await run();
    expect(again.computed).toBe(0);
    again.close();
  });

  it('lets several processes share a cache at once', async () => {
    const children = [startProcess(examples), startProcess([...examples].reverse()), startProcess(examples.slice(30))];
    for (const exit of await Promise.all(children.map((child) => once(child, 'exit')))) expect(exit).toEqual([0, null]);
    expect(segments().filter((path) => path.endsWith('.part'))).toEqual([]);
    const source = await run();
    expect(source.computed).toBe(0);
    await expectRight(source);
    source.close();
  });

  it('loses little to kill −9, and goes on', async () => {
    const child = startProcess(examples);
    child.stdout?.on('data', (text) => {
      if (Number(String(text).trim().split('\n').at(-1)) >= 80) child.kill('SIGKILL');
    });
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
    const source = await run();
    expect(source.computed).toBeLessThanOrEqual(COUNT - 64);
    expect(source.computed).toBeGreaterThan(0);
    await expectRight(source);
    source.close();
  });
});

/** Starts an extraction in a process of its own, which prints how many images are done. */
function startProcess(list: readonly Example[]): ChildProcess {
  const { model, ...rest } = plan();
  const modelPath = join(folder, 'model.onnx');
  writeFileSync(modelPath, model);
  const job = join(folder, `job${jobs++}.json`);
  writeFileSync(
    job,
    JSON.stringify({ examples: list, plan: { ...rest, model: modelPath }, directory: cache.directory }),
  );
  const script = `
    import { readFileSync } from 'node:fs';
    import { quietContext } from ${JSON.stringify(workerUrl('base/index').href)};
    import { extract, openCache } from ${JSON.stringify(workerUrl('features/index').href)};
    const { examples, plan, directory } = JSON.parse(readFileSync(${JSON.stringify(job)}, 'utf8'));
    const report = ({ done }) => console.log(done);
    const source = await extract(examples, plan, openCache({ directory }), quietContext({ report }), { workers: 2 });
    source.close();`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

it('makes float32 codes only', async () => {
  const b = new GraphBuilder();
  const image = b.input('image', 'uint8', ['N', view.height, view.width, 3]);
  const mean = b.node('ReduceMean', [b.node('Cast', [image], { to: 1 }), b.constant(int64([2], [1, 2]))], {
    keepdims: 0,
  });
  const zero = b.constant(float32([1], [0]));
  b.output(b.node('Div', [mean, zero], {}, { outputs: ['codes'] }), 'float32', ['N', 3]);
  const infinite = { model: writeModel(b.build()), taps: [{ id: 'rgb', channels: 3 }], view, key: 'infinite' };
  const source = await extract(examples.slice(0, 3), infinite, cache, quietContext());
  expect(source.kept.length).toBe(0);
  expect(source.skipped.map(({ reason }) => reason)).toEqual(Array(3).fill(expect.stringContaining('not finite')));
  source.close();
});

describe('codes without files', () => {
  it('recalls them from the cache by hash, in the order asked for', async () => {
    const source = await run(examples.slice(0, 20));
    const order = [7, 3, 19];
    const hashes = Buffer.concat(order.map((i) => source.hashes.subarray(32 * i, 32 * i + 32)));
    const recalled = recall(hashes, plan(), cache)!;
    expect(recalled.load(['rgb', 'row'])).toEqual(source.load(['rgb', 'row'], Int32Array.from(order)));
    expect(recalled.thumbnails(Int32Array.of(1))).toEqual(source.thumbnails(Int32Array.of(3)));
    recalled.close();
    source.close();
  });

  it('recalls nothing where one is missing', async () => {
    const source = await run(examples.slice(0, 5));
    const hashes = Uint8Array.from([...source.hashes, ...new Uint8Array(32)]);
    source.close();
    expect(recall(hashes, plan(), cache)).toBeUndefined();
    expect(recall(hashes.subarray(0, 160), plan('another network'), cache)).toBeUndefined();
  });

  it('joins two sources as if they were one', async () => {
    const whole = await run(examples.slice(0, 30));
    const joined = joinSources(await run(examples.slice(0, 12)), await run(examples.slice(12, 30)));
    const rows = Int32Array.of(0, 5, 11, 12, 29);
    expect(joined.kept).toEqual(whole.kept);
    expect(joined.hashes).toEqual(whole.hashes);
    expect(joined.fingerprints).toEqual(whole.fingerprints);
    expect(joined.sizes).toEqual(whole.sizes);
    expect(joined.load(['row', 'rgb'])).toEqual(whole.load(['row', 'rgb']));
    expect(joined.load(['rgb'], rows)).toEqual(whole.load(['rgb'], rows));
    const mixed = Int32Array.of(29, 0, 13, 11);
    expect(joined.thumbnails(mixed)).toEqual(whole.thumbnails(mixed));
    joined.close();
    whole.close();
  });
});
