import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openTerminal } from './terminal.ts';

function stream(isTTY: boolean) {
  const written: string[] = [];
  const target = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  return { written, target: Object.assign(target, { isTTY, columns: 60 }) as never };
}

describe('openTerminal', () => {
  it('writes a line a step to a log, and not more than one every ten seconds', () => {
    const { written, target } = stream(false);
    let now = 0;
    const terminal = openTerminal(target, () => now);
    for (let done = 0; done <= 100; done++, now += 100)
      terminal.report({ step: 'Reading', done, total: 100, unit: 'images' });
    terminal.report({ step: 'Comparing', done: 0 });
    expect(written.map((line) => line.trim())).toEqual([
      'Reading 0/100 images',
      'Reading 100/100 images, 10/s',
      'Comparing',
    ]);
  });

  it('keeps one line on a terminal, cut to its width, with the time that is left', () => {
    const { written, target } = stream(true);
    let now = 0;
    const terminal = openTerminal(target, () => now);
    terminal.report({ step: 'Reading', done: 0, total: 100, unit: 'images' });
    now = 5000;
    terminal.report({
      step: 'Reading',
      done: 50,
      total: 100,
      unit: 'images',
      note: 'a very long note that does not fit on the line',
    });
    terminal.close();
    const last = written.at(-2)!;
    expect(last).toContain('Reading 50/100 images, 10/s, 5.0 s left');
    expect(last.length).toBeLessThanOrEqual(59);
    expect(written.join('')).not.toContain('\n');
  });
});
