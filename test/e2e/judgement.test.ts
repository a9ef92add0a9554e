import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvaluateResult, FitResult, Prediction, UpdateResult } from '../../src/app/index.ts';
import { clothes, graft, workplace } from './graft.ts';

const FAST = ['--backbones', 'squeezenet1.1', '--methods', 'ridge', '--json'];

describe('what a model and its numbers may be trusted with', () => {
  let place: string;

  beforeAll(() => {
    place = workplace('judgement');
    clothes(place, 'photos', ['bag', 'trouser'], 0, 20);
    const run = graft(place, 'fit', 'photos', '--out', 'model.onnx', ...FAST);
    expect(run.status, run.stderr).toBe(0);
  }, 60_000);

  afterAll(() => rmSync(place, { recursive: true, force: true }));

  it('update refuses images whose labels are swapped, unless it is forced', () => {
    clothes(place, 'right', ['bag', 'trouser'], 20, 50);
    mkdirSync(join(place, 'swapped'));
    cpSync(join(place, 'right', 'bag'), join(place, 'swapped', 'trouser'), { recursive: true });
    cpSync(join(place, 'right', 'trouser'), join(place, 'swapped', 'bag'), { recursive: true });
    const before = readFileSync(join(place, 'model.onnx'));
    const refused: UpdateResult = JSON.parse(graft(place, 'update', 'model.onnx', 'swapped', '--json').stdout);
    expect(refused.replaced).toBe(false);
    expect(refused.why).toContain('--force');
    expect(readFileSync(join(place, 'model.onnx')).equals(before)).toBe(true);
    const forced: UpdateResult = JSON.parse(
      graft(place, 'update', 'model.onnx', 'swapped', '--force', '--out', 'forced.onnx', '--json').stdout,
    );
    expect(forced.replaced).toBe(true);
  });

  it('evaluate warns of images that the model was made from, and counts the test images of a split alone', () => {
    const own: EvaluateResult = JSON.parse(graft(place, 'evaluate', 'model.onnx', 'photos', '--json').stdout);
    expect(own.notes.join()).toContain('made from 40 of these 40 images');
    clothes(place, 'split/test', ['bag', 'trouser'], 50, 54);
    clothes(place, 'split/train', ['bag', 'trouser'], 0, 20);
    const split: EvaluateResult = JSON.parse(graft(place, 'evaluate', 'model.onnx', 'split', '--json').stdout);
    expect(split.examples).toBe(8);
    expect(split.notes.join()).not.toContain('made from');
  });

  it('scores of balanced accuracy are scores, within their bounds', () => {
    const run = graft(place, 'fit', 'photos', '--metric', 'balanced-accuracy', '--out', 'balanced.onnx', ...FAST);
    const result: FitResult = JSON.parse(run.stdout);
    for (const { score } of [...result.candidates, { score: result.winner.corrected }]) {
      expect(score.metric).toBe('balanced-accuracy');
      expect(score.low).toBeGreaterThanOrEqual(0);
      expect(score.low).toBeLessThanOrEqual(score.mean);
      expect(score.mean).toBeLessThanOrEqual(score.high);
      expect(score.high).toBeLessThanOrEqual(1);
    }
    expect(result.winner.corrected.mean).toBeGreaterThan(0.5);
  });

  it('predicts loose images beside folders, and names what it skips', () => {
    const mixed = join(place, 'mixed');
    mkdirSync(join(mixed, 'sub'), { recursive: true });
    const [one, two] = readdirSync(join(place, 'photos', 'bag'));
    cpSync(join(place, 'photos', 'bag', one!), join(mixed, one!));
    cpSync(join(place, 'photos', 'bag', two!), join(mixed, 'sub', two!));
    writeFileSync(join(mixed, 'broken.jpg'), 'no image');
    const run = graft(place, 'predict', 'model.onnx', 'mixed', '--json');
    const predictions: Prediction[] = JSON.parse(run.stdout);
    expect(predictions.map(({ file }) => file).sort()).toEqual([`mixed/${one}`, `mixed/sub/${two}`].sort());
    expect(run.stderr).toContain('Skipped mixed/broken.jpg: not an image');
    const nothing = graft(place, 'predict', 'model.onnx', 'mixed/broken.jpg', '--json');
    expect(nothing.status).toBe(2);
    expect(nothing.stdout).toBe('');
  });

  it('takes layers that only one of the networks has', () => {
    const run = graft(
      place,
      'fit',
      'photos',
      '--taps',
      'stage3.block9/concat',
      '--methods',
      'ridge',
      '--out',
      'tap.onnx',
      '--json',
    );
    const result: FitResult = JSON.parse(run.stdout);
    expect(result.candidates.map(({ backbone, tap }) => `${backbone} ${tap}`)).toEqual([
      'squeezenet1.1 stage3.block9/concat',
    ]);
  });

  it('keeps a budget that suffices', () => {
    const start = Date.now();
    const run = graft(place, 'fit', 'photos', '--budget', '12s', '--cache', 'cold', '--out', 'quick.onnx', '--json');
    expect(run.status, run.stderr).toBe(0);
    expect(Date.now() - start).toBeLessThan(12_000);
    const result: FitResult = JSON.parse(run.stdout);
    expect(result.candidates.length).toBeGreaterThan(0);
  });
});
