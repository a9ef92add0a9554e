import { type ArtifactFile, readArtifact } from '../../artifact/index.ts';
import { formatCount, InputError } from '../../base/index.ts';
import { makeFolds } from '../../data/index.ts';
import { accuracy, proportionOf } from '../../evidence/index.ts';
import { codesMethods } from '../../methods/index.ts';
import { cacheOf, contextOf } from '../context.ts';
import { finishWinner, writeChecked } from '../fit/finish.ts';
import { pick } from '../fit/splits.ts';
import { findDuplicates } from '../groups.ts';
import { codesOf, listImages } from '../images.ts';
import { type Network, openNetwork, viewOf } from '../network.ts';
import type { Follow } from '../offload.ts';
import type { UpdateOptions } from '../options.ts';
import type { Score, UpdateResult } from '../results.ts';
import { saveRun, type TrainedOn } from '../runs.ts';
import { type ComparisonInput, newModel, type OutOfFoldModel, oldModel, rightAmong, tapsOf } from './compare.ts';
import { joinImages } from './join.ts';
import { memorySchema } from './memory.ts';
import { oldImages } from './old-images.ts';
import { judge, type Verdict } from './verdict.ts';

/** New images that the written model is checked with at most. */
const CHECKED = 100;

/** `update` in the thread it is called on. */
export async function runUpdate(options: UpdateOptions, follow: Follow): Promise<UpdateResult> {
  const startedAt = Date.now();
  const context = contextOf(follow, options.seed ?? 0);
  const cache = cacheOf(options);
  const file = await readArtifact(options.model);
  const memory = memorySchema.safeParse(file.metadata.update);
  const method = codesMethods.find(({ id }) => id === file.metadata.method.id);
  if (!memory.success || method === undefined) {
    const reason =
      method === undefined
        ? `a model of the method ${file.metadata.method.id} learns nothing`
        : 'its metadata does not say how it was made';
    throw new InputError(`Cannot update ${options.model}: ${reason}`, {
      fix: 'Fit a new model on all images',
    });
  }
  const network = await openNetwork(file.metadata.backbone.id);
  const before = await oldImages(options, file, network, memory.data, cache, context);
  const dataset = await listImages(options.data, options, context, 'required');
  if (dataset.examples.every(({ label }) => label < 0)) {
    throw new InputError(`Cannot update from ${options.data}: it holds no labelled image`, {
      fix: 'Give one folder of images a class',
    });
  }
  const more = await codesOf(dataset, network, memory.data.view, options, cache, context);
  const joined = joinImages(before, more);
  const { images, rows, edge } = joined;
  try {
    if (!rows.some((row) => row < edge)) {
      throw new InputError(`Cannot update ${options.model}: the new data names every image it was made from again`, {
        fix: 'Fit a new model on the new data',
      });
    }
    context.report({ step: 'Looking for duplicates', done: 0 });
    const { groups } = await findDuplicates(images, context.signal);
    const folds = makeFolds(pick(images.labels, rows), pick(groups, rows), {
      count: memory.data.folds,
      seed: context.seed,
    });
    context.report({ step: 'Comparing the old model with the new one', done: 0 });
    const input: ComparisonInput = { file, method, joined, memory: memory.data, folds, context };
    const fresh = await newModel(input);
    const report = await compareModels(input, fresh, groups);
    const replaced = options.dryRun !== true && (!report.worse || options.force === true);
    const out = options.out ?? options.model;
    if (replaced) {
      const record = await write(input, network, fresh, groups, out, options.device);
      await saveRun(cache, record);
    }
    const { worse: _, ...told } = report;
    return {
      model: out,
      replaced,
      ...told,
      classes: images.classes,
      skipped: images.skipped,
      seconds: (Date.now() - startedAt) / 1000,
    };
  } finally {
    images.codes.close();
  }
}

type Report = Pick<UpdateResult, 'added' | 'newImages' | 'oldImages' | 'all' | 'why'> & { readonly worse: boolean };

/** Old and new model on the same images. */
async function compareModels(input: ComparisonInput, fresh: OutOfFoldModel, groups: Int32Array): Promise<Report> {
  const { joined, file } = input;
  const { images, rows, edge, oldClasses, known } = joined;
  const places = Int32Array.from(rows.keys());
  const ownPlaces = places.filter((i) => rows[i]! < edge);
  const ownGroups = new Set(Array.from(ownPlaces, (place) => groups[rows[place]!]!));
  // A copy of an old image would be scored by the old model as it was fitted, by the new one out of fold.
  const newPlaces = places.filter(
    (i) => rows[i]! >= edge && images.labels[rows[i]!]! < oldClasses && !ownGroups.has(groups[rows[i]!]!),
  );
  const old = await oldModel(input, ownPlaces, newPlaces);
  const score = (right: (place: number) => number, at: Int32Array): Score =>
    proportionOf(accuracy.id, at.map(right), { groups: at.map((place) => groups[rows[place]!]!) });
  const oldRight = (place: number) => old.get(place)!;
  const newRight = (place: number) => fresh.right[place]!;
  const pair = (at: Int32Array) => ({ examples: at.length, old: score(oldRight, at), updated: score(newRight, at) });

  // More classes are a harder task, which is no fault of the model: old and new are judged among the old classes.
  const among = rightAmong(fresh.logits, images.classes.length, oldClasses, pick(images.labels, rows));
  const duel = (at: Int32Array) =>
    judge({
      old: Uint8Array.from(at, oldRight),
      updated: Uint8Array.from(at, (place) => among[place]!),
      groups: at.map((place) => groups[rows[place]!]!),
    });
  const onOld = duel(ownPlaces);
  const onNew = duel(newPlaces);
  const absent = file.metadata.training.examples - ownPlaces.length;
  const taken = [...ownPlaces, ...newPlaces].filter((place) => among[place]! > newRight(place)).length;
  return {
    added: { examples: rows.length - ownPlaces.length - known, known, classes: images.classes.slice(oldClasses) },
    newImages: newPlaces.length === 0 ? null : pair(newPlaces),
    oldImages: pair(ownPlaces),
    all: score(newRight, places),
    why: [
      tell('images of the old model', ownPlaces.length, onOld),
      ...(newPlaces.length === 0 ? [] : [tell('new images of the old classes', newPlaces.length, onNew)]),
      ...(taken > 0
        ? [`${formatCount(taken, 'of these is', 'of these are')} now taken for a new class, which is not counted here.`]
        : []),
      ...(absent > 0 ? [`(${formatCount(absent, 'old image')} replaced by new ones or not at hand.)`] : []),
    ].join(' '),
    worse: onOld.verdict === 'worse' || onNew.verdict === 'worse',
  };
}

const WORDS: Readonly<Record<Verdict['verdict'], string>> = {
  better: 'distinguishably better.',
  alike: 'they cannot be told apart.',
  worse: 'worse. Pass --force to write it all the same.',
};

function tell(what: string, count: number, { verdict, gained, lost }: Verdict): string {
  return `On ${count.toLocaleString('en')} ${what}, among the old classes, the new model corrects ${formatCount(gained, 'mistake')} of the old one and makes ${formatCount(lost, 'new mistake')}: ${WORDS[verdict]}`;
}

async function write(
  { file, method, joined, memory, folds, context }: ComparisonInput,
  network: Network,
  fresh: OutOfFoldModel,
  groups: Int32Array,
  out: string,
  device: string | undefined,
): Promise<readonly TrainedOn[]> {
  const { images, rows, edge } = joined;
  const finished = await finishWinner(
    {
      spec: specOf(file, network, method),
      params: fresh.params,
      images,
      view: viewOf(network.backbone, memory.view),
      rows,
      folds,
      logits: fresh.logits,
      holdout: new Int32Array(0),
      groups,
      balanced: memory.balanced,
      refuse: memory.refuse,
      metric: accuracy.id,
    },
    context,
  );
  const checked = rows.filter((row) => row >= edge).slice(0, CHECKED);
  await writeChecked({ ...finished.parts, scores: finished.metrics }, out, images, checked, device, context);
  return finished.record;
}

function specOf(file: ArtifactFile, network: Network, method: ComparisonInput['method']) {
  const taps = tapsOf(file);
  const tap = taps.join('+');
  const channels = file.metadata.taps.reduce((sum, one) => sum + one.channels, 0);
  return { id: `${network.backbone.card.id}:${tap}:${method.id}`, network, tap, taps, channels, method, cost: 0 };
}
