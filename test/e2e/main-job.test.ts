import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  EmbedResult,
  EvaluateResult,
  FitResult,
  InspectResult,
  Prediction,
  UpdateResult,
} from '../../src/app/index.ts';
import { clothes, graft, workplace } from './graft.ts';

const CLASSES = ['bag', 'sneaker', 'trouser'];

describe('the main job, as a user runs it', () => {
  let place: string;
  let fitted: FitResult;

  beforeAll(() => {
    place = workplace('e2e');
    clothes(place, 'photos', CLASSES, 0, 20);
    clothes(place, 'new', CLASSES, 20, 30);
    writeFileSync(join(place, 'photos', 'bag', 'broken.jpg'), 'not an image');
    const run = graft(place, 'fit', 'photos', '--backbones', 'squeezenet1.1', '--out', 'model.onnx', '--json');
    expect(run.stderr).toContain('Computing codes');
    expect(run.status, run.stderr).toBe(0);
    fitted = JSON.parse(run.stdout);
  }, 120_000);

  afterAll(() => rmSync(place, { recursive: true, force: true }));

  it('fits: every candidate measured, one chosen with a reason, the bad file listed', () => {
    expect(fitted).toMatchObject({
      task: 'classification',
      classes: CLASSES,
      examples: 60,
      holdout: null,
      model: 'model.onnx',
    });
    expect(fitted.skipped).toEqual([{ file: 'bag/broken.jpg', reason: expect.stringContaining('not an image') }]);
    const methods = new Set(fitted.candidates.map(({ method }) => method));
    for (const method of ['knn', 'ridge', 'softmax', 'svm']) expect(methods).toContain(method);
    for (const { score } of fitted.candidates) {
      expect(score.low).toBeLessThanOrEqual(score.mean);
      expect(score.high).toBeGreaterThanOrEqual(score.mean);
    }
    expect(fitted.candidates.map(({ id }) => id)).toContain(fitted.winner.id);
    expect(fitted.winner.why).toContain(fitted.winner.id);
    expect(fitted.winner.corrected.mean).toBeGreaterThan(0.85);
    expect(existsSync(join(place, 'model.onnx'))).toBe(true);
  });

  it('fits again from the cache to the same result, reading no image', () => {
    const run = graft(place, 'fit', 'photos', '--backbones', 'squeezenet1.1', '--out', 'again.onnx', '--json');
    expect(run.stderr).not.toContain('Computing codes');
    const again: FitResult = JSON.parse(run.stdout);
    const plain = (result: FitResult) => ({
      ...result,
      model: '',
      seconds: 0,
      candidates: result.candidates.map((one) => ({ ...one, seconds: 0 })),
    });
    expect(plain(again)).toEqual(plain(fitted));
    expect(readFileSync(join(place, 'again.onnx')).equals(readFileSync(join(place, 'model.onnx')))).toBe(true);
  });

  it('predicts new images with probabilities, and dumps what the model was fed', () => {
    const run = graft(place, 'predict', 'model.onnx', 'new', '--top', '3', '--dump-input', 'input.npy', '--json');
    const predictions: Prediction[] = JSON.parse(run.stdout);
    expect(predictions).toHaveLength(30);
    for (const { label, probability, top } of predictions) {
      expect(top).toHaveLength(3);
      expect(top[0]).toEqual({ label, probability });
      expect(top.reduce((sum, one) => sum + one.probability, 0)).toBeCloseTo(1, 4);
    }
    const right = predictions.filter(({ file, label }) => file.includes(`/${label}/`)).length;
    expect(right).toBeGreaterThanOrEqual(25);
    expect(readFileSync(join(place, 'input.npy'), 'latin1')).toContain('(30, 224, 224, 3)');
  });

  it('evaluates on labelled images', () => {
    const result: EvaluateResult = JSON.parse(graft(place, 'evaluate', 'model.onnx', 'new', '--json').stdout);
    expect(result.examples).toBe(30);
    expect(result.metrics.accuracy!.mean).toBeGreaterThan(0.8);
    expect(result.confusion.flat().reduce((a, b) => a + b)).toBe(30);
    expect(result.classes.map(({ examples }) => examples)).toEqual([10, 10, 10]);
  });

  it('adds a class from cached codes, after a report', () => {
    clothes(place, 'more', ['dress'], 0, 20);
    const dry: UpdateResult = JSON.parse(graft(place, 'update', 'model.onnx', 'more', '--dry-run', '--json').stdout);
    expect(dry).toMatchObject({ replaced: false, added: { examples: 20, known: 0, classes: ['dress'] } });
    const before = readFileSync(join(place, 'model.onnx'));
    rmSync(join(place, 'photos'), { recursive: true });
    const run = graft(place, 'update', 'model.onnx', 'more', '--out', 'four.onnx', '--json');
    const result: UpdateResult = JSON.parse(run.stdout);
    expect(result).toMatchObject({ replaced: true, model: 'four.onnx', classes: [...CLASSES, 'dress'] });
    expect(readFileSync(join(place, 'model.onnx')).equals(before)).toBe(true);
    const predictions: Prediction[] = JSON.parse(graft(place, 'predict', 'four.onnx', 'more', '--json').stdout);
    expect(predictions.filter(({ label }) => label === 'dress').length).toBeGreaterThanOrEqual(17);
  });

  it('embeds images as a NumPy file', () => {
    const result: EmbedResult = JSON.parse(
      graft(place, 'embed', 'new', '--backbone', 'squeezenet1.1', '--out', 'codes.npy', '--json').stdout,
    );
    expect(result).toMatchObject({ rows: 30, cols: 512 });
    expect(result.files).toHaveLength(30);
    const file = readFileSync(join(place, 'codes.npy'));
    expect(file.length).toBe(128 + 30 * 512 * 4);
  });

  it('inspects: duplicates and a wrong label are found', () => {
    const folder = clothes(place, 'messy', CLASSES, 0, 20);
    const bag = graft(place, 'inspect', folder, '--json');
    const clean: InspectResult = JSON.parse(bag.stdout);
    expect(clean.classes).toEqual(CLASSES.map((label) => ({ label, examples: 20 })));
    const wrong = readFileSync(join(place, 'new', 'trouser', '00140.png').replace('00140', firstOf(place)));
    writeFileSync(join(folder, 'bag', 'zz-wrong.png'), wrong);
    writeFileSync(join(folder, 'trouser', 'zz-copy.png'), wrong);
    const messy: InspectResult = JSON.parse(graft(place, 'inspect', folder, '--json').stdout);
    expect(
      messy.audit.duplicates.some(
        ({ files, labels }) => files.join() === 'bag/zz-wrong.png,trouser/zz-copy.png' && labels.length === 2,
      ),
    ).toBe(true);
    expect(messy.audit.suspects.map(({ file }) => file)).toContain('bag/zz-wrong.png');
  });
});

/** Number of the first new trouser. */
function firstOf(place: string): string {
  const predictions: Prediction[] = JSON.parse(graft(place, 'predict', 'model.onnx', 'new/trouser', '--json').stdout);
  return predictions[0]!.file.replace(/^.*\//, '').replace('.png', '');
}
