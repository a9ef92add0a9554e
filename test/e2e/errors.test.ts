import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI, clothes, graft, workplace } from './graft.ts';

describe('what a user meets when something is wrong', () => {
  let place: string;

  beforeAll(() => {
    place = workplace('errors');
    clothes(place, 'photos', ['bag', 'sneaker'], 0, 10);
    mkdirSync(join(place, 'empty'));
    writeFileSync(join(place, 'list.csv'), 'picture,kind\na.jpg,x\n');
    writeFileSync(join(place, 'foreign.onnx'), 'not a model');
  });

  afterAll(() => rmSync(place, { recursive: true, force: true }));

  it.each([
    ['no command', [], /Usage: graft/],
    ['an unknown command', ['fti'], /unknown command 'fti'/],
    ['an unknown option', ['fit', 'photos', '--speed', '9'], /unknown option '--speed'/],
    ['a folder that is not there', ['fit', 'nowhere'], /nowhere/],
    ['an empty folder', ['fit', 'empty'], /empty.*one folder of images for each class/s],
    ['a list without the columns', ['fit', 'list.csv'], /'picture', 'kind'/],
    ['a method that is not there', ['fit', 'photos', '--methods', 'magic'], /magic.*softmax/s],
    ['a network that is not there', ['fit', 'photos', '--backbones', 'vgg99'], /vgg99.*efficientnet-lite0/s],
    ['a layer that is not there', ['fit', 'photos', '--backbones', 'squeezenet1.1', '--taps', 'roof'], /roof.*stage/s],
    ['a budget that is not a time', ['fit', 'photos', '--budget', 'soon'], /time such as/],
    ['a folder to write to that is not there', ['fit', 'photos', '--out', 'no/where/model.onnx'], /--out/],
    ['a file that is not a model', ['predict', 'foreign.onnx', 'photos'], /foreign\.onnx/],
    ['a model that is not there', ['predict', 'gone.onnx', 'photos'], /gone\.onnx/],
  ])('%s: exit 2, a sentence, nothing on standard output', (_, args, message) => {
    const run = graft(place, ...args);
    expect(run.stderr).toMatch(message);
    expect(run.stderr).not.toContain('    at ');
    expect(run.status).toBe(2);
    if (args.length > 0) expect(run.stdout).toBe('');
  });

  it('a budget too small for one candidate: exit 3, in time, and the time it needs', () => {
    const start = Date.now();
    const run = graft(place, 'fit', 'photos', '--budget', '2s', '--cache', join(place, 'cold'));
    expect(run.status, run.stderr).toBe(3);
    expect(run.stderr).toMatch(/budget|in time/i);
    expect(Date.now() - start).toBeLessThan(2_800);
  });

  it('Ctrl-C: ends at once with a word, and the next run goes on', async () => {
    const child = spawn(process.execPath, [CLI, 'fit', 'photos', '--out', 'model.onnx'], {
      cwd: place,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, GRAFTWORK_CACHE: join(place, 'interrupted') },
    });
    let log = '';
    let sent = 0;
    child.stderr.on('data', (data: Buffer) => {
      log += String(data);
      if (sent > 0 || !log.includes('Computing codes')) return;
      sent = Date.now();
      child.kill('SIGINT');
    });
    const signal = await new Promise((resolve) => child.on('exit', (_code, name) => resolve(name)));
    expect(Date.now() - sent).toBeLessThan(500);
    expect(signal).toBe('SIGINT');
    expect(log).toContain('the same command goes on');
  });
});
