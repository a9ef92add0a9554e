import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AbortedError, float32, InputError, workerUrl } from '../base/index.ts';
import { GraphBuilder, writeModel } from '../onnx/index.ts';
import { threadsGone } from './threads.ts';
import { openWorkerSession } from './worker-session.ts';

const folder = mkdtempSync(join(tmpdir(), 'graftwork-runtime-'));
afterAll(() => rmSync(folder, { recursive: true }));

function product(): Uint8Array {
  const b = new GraphBuilder();
  const a = b.input('a', 'float32', ['N', 'K']);
  const c = b.input('b', 'float32', ['K', 'M']);
  b.output(b.node('MatMul', [a, c], {}, { outputs: ['y'] }), 'float32', ['N', 'M']);
  return writeModel(b.build());
}

/** Matrix products in a chain: 17 GFLOP each at side 2048, a tenth of a second and more. */
function slow(links: number): Uint8Array {
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', [2048, 2048]);
  let y = x;
  for (let i = 0; i < links; i++) y = b.node('MatMul', [y, x], {}, i === links - 1 ? { outputs: ['y'] } : {});
  b.output(y, 'float32', [2048, 2048]);
  return writeModel(b.build());
}

describe('openWorkerSession', () => {
  it('runs, keeps feeds and moves memory when asked to', async () => {
    const session = await openWorkerSession(product());
    expect(session.inputs).toEqual(['a', 'b']);
    const a = float32([1, 2], [1, 2]);
    const b = float32([2, 2], [1, 0, 0, 1]);
    expect((await session.run({ a, b })).y).toEqual(float32([1, 2], [1, 2]));
    expect(a.data.length).toBe(2);
    session.keep({ b });
    expect((await session.run({ a }, { move: true })).y).toEqual(float32([1, 2], [1, 2]));
    expect(a.data.length).toBe(0);
    const more = await Promise.all([3, 4, 5].map((value) => session.run({ a: float32([1, 2], [value, 0]) })));
    expect(more.map(({ y }) => y?.data[0])).toEqual([3, 4, 5]);
    await expect(session.run({ a: float32([1, 3], [1, 2, 3]) })).rejects.toThrow('Cannot run the graph');
    await session.release();
    await expect(session.run({ a })).rejects.toThrow('after its release');
  });

  it('passes on why a model cannot be opened', async () => {
    await expect(openWorkerSession(new Uint8Array(10))).rejects.toThrow(InputError);
    expect(await threadsGone(5000)).toBe(true);
  });

  it('answers an abort at once, while the native call goes on', async () => {
    const session = await openWorkerSession(slow(8));
    const controller = new AbortController();
    const run = session.run({ x: float32([2048, 2048], new Float32Array(2048 * 2048)) }, { signal: controller.signal });
    await new Promise((resolve) => setTimeout(resolve, 150));
    const aborted = performance.now();
    controller.abort();
    await expect(run).rejects.toThrow(AbortedError);
    expect(performance.now() - aborted).toBeLessThan(250);
    await session.release();
    expect(await threadsGone(0)).toBe(true);
  });

  // Windows ends a process by signal without its handlers.
  it.skipIf(process.platform === 'win32')('lets the process die of Ctrl-C in the middle of a native call', async () => {
    const model = join(folder, 'slow.onnx');
    writeFileSync(model, slow(100));
    const script = `
      import { dieOf, openWorkerSession } from ${JSON.stringify(workerUrl('runtime/index').href)};
      process.once('SIGINT', () => dieOf('SIGINT'));
      const session = await openWorkerSession(${JSON.stringify(model)});
      const data = new Float32Array(2048 * 2048);
      session.run({ x: { dtype: 'float32', dims: [2048, 2048], data } });
      setTimeout(() => console.log('running'), 300);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const interrupted = performance.now();
    child.kill('SIGINT');
    const [code, signal] = await once(child, 'exit');
    expect([code, signal]).toEqual([null, 'SIGINT']);
    expect(performance.now() - interrupted).toBeLessThan(500);
  });
});
