import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  BudgetError,
  type Context,
  formatCount,
  formatPercent,
  InputError,
  messageOf,
  UsageError,
} from '../../base/index.ts';
import type { Dataset } from '../../data/index.ts';
import { type CodesMethod, codesMethods } from '../../methods/index.ts';
import { cards } from '../../zoo/index.ts';
import { auditNotes, auditOf } from '../audit.ts';
import { Budget } from '../budget.ts';
import { cacheOf, contextOf } from '../context.ts';
import { findDuplicates } from '../groups.ts';
import { checkLabelled, codesOf, type Images, listImages } from '../images.ts';
import { hasTap, type Network, openNetwork, tapsOf, viewOf } from '../network.ts';
import type { Follow } from '../offload.ts';
import type { FitOptions } from '../options.ts';
import type { FitResult } from '../results.ts';
import { saveRun } from '../runs.ts';
import { asIsSpec } from './as-is.ts';
import { listSpecs, pickMethods, type Spec } from './candidates.ts';
import { compareSpecs, type Trial } from './compare.ts';
import { DEFAULT_REFUSE, finishWinner, writeChecked } from './finish.ts';
import { firstRound, secondRound } from './rounds.ts';
import { selectWinner } from './select.ts';
import { pick, type Splits, splitImages } from './splits.ts';
import { raceViews } from './views.ts';

/** `fit` in the thread it is called on. */
export async function runFit(options: FitOptions, follow: Follow): Promise<FitResult> {
  const budget = new Budget(options.budget, options.startedAt);
  const context = { ...contextOf(follow, options.seed ?? 0), deadline: budget.comparingEnds };
  await checkWritable(options.out);
  const methods = pickMethods(codesMethods, options.methods);
  const dataset = await listImages(options.data, options, context, 'required');
  checkLabelled(dataset);
  return new FitRun(options, dataset, methods, budget, context).run();
}

/** Images that the written model is checked with where no test is locked away. */
const CHECKED = 16;
/** Locked-away images that it is checked with at most. */
const MOST_CHECKED = 500;

class FitRun {
  readonly #options: FitOptions;
  readonly #dataset: Dataset;
  readonly #methods: readonly CodesMethod[];
  readonly #budget: Budget;
  readonly #context: Context;
  readonly #notes: string[] = [];
  readonly #images = new Map<Network, Images>();

  constructor(
    options: FitOptions,
    dataset: Dataset,
    methods: readonly CodesMethod[],
    budget: Budget,
    context: Context,
  ) {
    this.#options = options;
    this.#dataset = dataset;
    this.#methods = methods;
    this.#budget = budget;
    this.#context = context;
  }

  async run(): Promise<FitResult> {
    try {
      return await this.#run();
    } finally {
      for (const images of this.#images.values()) images.codes.close();
    }
  }

  async #run(): Promise<FitResult> {
    const { metric = 'accuracy', seed = 0, classWeights = 'auto' } = this.#options;
    const [first, ...others] = await Promise.all(
      (this.#options.backbones ?? cards.map(({ id }) => id)).map(openNetwork),
    );
    if (first === undefined) throw new UsageError('No network to compare', { fix: 'Name one with --backbones' });
    const all = [first, ...others];
    const missing = this.#options.taps?.find((tap) => !all.some((network) => hasTap(network, tap)));
    if (missing !== undefined) tapsOf(first, missing);
    const { view: wanted = 'auto' } = this.#options;
    if (wanted !== 'auto') this.#view = wanted;
    const seen = await this.#codes(first);
    checkLabelled({ ...this.#dataset, classes: seen.classes, examples: seen.examples, skipped: seen.skipped });
    this.#context.report({ step: 'Looking for duplicates', done: 0 });
    const duplicates = await findDuplicates(seen, this.#context.signal);
    const splits = splitImages(seen, duplicates.groups, this.#options);
    checkProvable(seen, splits.compare, duplicates.groups);
    this.#notes.push(...splits.notes);
    const images = wanted === 'auto' ? await this.#raced(first, seen, splits, duplicates.groups) : seen;
    const groups = pick(duplicates.groups, splits.compare);
    const balanced = classWeights === 'balanced' || (classWeights === 'auto' && metric === 'balanced-accuracy');

    const trials = await this.#compareAll(all, splits, balanced);
    const selection = selectWinner({ trials, groups, metric, seed });
    const { winner } = selection;
    const chosen = this.#images.get(winner.spec.network)!;
    const view = viewOf(winner.spec.network.backbone, this.#view);
    const finished = await finishWinner(
      {
        spec: winner.spec,
        params: winner.settings[winner.best]!.params,
        images: chosen,
        view,
        rows: splits.compare,
        folds: splits.folds,
        logits: winner.scores!,
        holdout: splits.holdout,
        groups: duplicates.groups,
        balanced,
        refuse: this.#options.refuse ?? DEFAULT_REFUSE,
        metric,
      },
      { ...this.#context, deadline: this.#budget.end },
    );
    const scores = {
      [`corrected ${metric}`]: selection.corrected,
      ...(finished.holdout !== null && { [`holdout ${metric}`]: finished.holdout.score }),
    };
    const modelBytes = await writeChecked(
      { ...finished.parts, scores },
      this.#options.out,
      chosen,
      spread(
        splits.holdout.length > 0 ? splits.holdout : splits.compare,
        splits.holdout.length > 0 ? MOST_CHECKED : CHECKED,
      ),
      this.#options.device,
      this.#context,
    );
    await saveRun(cacheOf(this.#options), finished.record).catch((error: unknown) => {
      this.#notes.push(`graft update will need --base: the list of images could not be kept (${messageOf(error)})`);
    });
    const audit = auditOf(images, duplicates, finished.outOfFold);
    return {
      task: 'classification',
      classes: images.classes,
      examples: images.examples.length,
      skipped: images.skipped,
      audit,
      candidates: selection.candidates,
      winner: {
        id: winner.spec.id,
        why: selection.why,
        score: selection.score,
        corrected: selection.corrected,
        metrics: finished.metrics,
      },
      holdout: finished.holdout,
      unknown: finished.unknown,
      calibration: finished.calibration,
      view,
      notes: [...auditNotes(images, audit, duplicates), ...this.#notes],
      model: this.#options.out,
      modelBytes,
      seconds: this.#budget.seconds(),
    };
  }

  #view: FitResult['view']['id'] = 'squash';
  /** Seconds an image took in the default network, where any was computed. */
  #secondsAnImage = 0;

  /** The default network's codes in the view that suits the photos: where that is another one, they are computed anew. */
  async #raced(network: Network, squashed: Images, splits: Splits, groups: Int32Array): Promise<Images> {
    const race = await raceViews(
      squashed,
      splits.compare,
      groups,
      this.#dataset,
      network,
      this.#options,
      cacheOf(this.#options),
      this.#context,
    );
    if (race.view === 'squash') return squashed;
    if (!this.#budget.allows(race.secondsAnImage * squashed.examples.length)) {
      this.#notes.push(
        'Photos cropped to their centre seem to suit the network better, but the budget left no time for it',
      );
      return squashed;
    }
    this.#view = race.view;
    const images = await this.#codes(network);
    if (!sameRows(images.codes.kept, squashed.codes.kept)) {
      images.codes.close();
      this.#view = 'squash';
      this.#images.set(network, squashed);
      return squashed;
    }
    squashed.codes.close();
    this.#notes.push(race.note);
    return images;
  }

  async #codes(network: Network): Promise<Images> {
    const startedAt = Date.now();
    const images = await codesOf(
      this.#dataset,
      network,
      this.#view,
      this.#options,
      cacheOf(this.#options),
      this.#context,
    );
    if (images.codes.computed > 0) this.#secondsAnImage = (Date.now() - startedAt) / 1000 / images.codes.computed;
    this.#images.set(network, images);
    return images;
  }

  /** Tries the candidates of all networks in two rounds, as far as the budget goes. */
  async #compareAll(networks: readonly Network[], splits: Splits, balanced: boolean): Promise<readonly Trial[]> {
    const { metric = 'accuracy' } = this.#options;
    const trials: Trial[] = [];
    const comparison = {
      imagesOf: (network: Network) => this.#images.get(network)!,
      rows: splits.compare,
      folds: splits.folds,
      metric,
      balanced,
    };
    const compare = async (specs: readonly Spec[], what: string) => {
      const before = trials.length;
      const left = await compareSpecs(specs, comparison, trials, this.#budget, this.#context, () => {
        const best = trials.reduce((ahead, trial) => (goodness(trial) > goodness(ahead) ? trial : ahead));
        const words = `best so far ${formatPercent(goodness(best))} by ${best.spec.method.id} at ${best.spec.tap}`;
        const done = trials.length - before;
        this.#context.report({
          step: `Comparing ${what}`,
          done,
          total: specs.length,
          unit: 'candidates',
          note: metric === 'accuracy' ? words : '',
        });
      });
      if (left.length > 0)
        this.#notes.push(`The budget left no time for ${formatCount(left.length, 'candidate')} (${what})`);
    };
    const all: Spec[] = [];
    for (const network of networks) {
      const images = this.#images.get(network) ?? (await this.#laterImages(network));
      if (images === undefined) continue;
      const specs = await this.#specsOf(network, images, splits);
      all.push(...specs);
      await compare(firstRound(specs), `on ${network.backbone.card.id}`);
    }
    await compare(secondRound(all, trials), 'the finalists');
    if (trials.length === 0) throw this.#budget.tooSmall(this.#budget.seconds() * 1.5);
    return trials;
  }

  async #laterImages(network: Network): Promise<Images | undefined> {
    const expected = this.#secondsAnImage * this.#dataset.examples.length;
    const dropped = `The budget left no time for the network ${network.backbone.card.id}`;
    if (!this.#budget.allows(expected)) {
      this.#notes.push(dropped);
      return undefined;
    }
    try {
      const images = await this.#codes(network);
      const [first] = this.#images.values();
      if (first === undefined || sameRows(first.codes.kept, images.codes.kept)) return images;
      this.#images.delete(network);
      images.codes.close();
      this.#notes.push(
        `The network ${network.backbone.card.id} was left out: it cannot read the same images as the first`,
      );
      return undefined;
    } catch (error) {
      if (!(error instanceof BudgetError)) throw error;
      this.#notes.push(dropped);
      return undefined;
    }
  }

  async #specsOf(network: Network, images: Images, splits: Splits): Promise<readonly Spec[]> {
    const extent = { rows: splits.compare.length, classes: images.classes.length };
    const wanted = this.#options.methods;
    const asIs = wanted === undefined || wanted.includes('as-is') ? await asIsSpec(network, images.classes) : undefined;
    if (asIs === undefined && wanted?.length === 1 && wanted[0] === 'as-is') {
      throw new InputError(`Cannot use ${network.backbone.card.id} as it is: it does not know all of your classes`, {
        fix: 'Let a method learn them: leave --methods out',
      });
    }
    return [...(asIs === undefined ? [] : [asIs]), ...listSpecs(network, this.#methods, this.#options.taps, extent)];
  }
}

function sameRows(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((row, i) => row === b[i]);
}

/** A class of one picture cannot be held out and learnt at once; at least two classes must have more. */
function checkProvable({ classes, labels }: Images, rows: Int32Array, groups: Int32Array): void {
  const pictures = classes.map(
    (_, c) => new Set(rows.filter((row) => labels[row] === c).map((row) => groups[row]!)).size,
  );
  if (pictures.filter((count) => count >= 2).length >= 2) return;
  const counts = classes.slice(0, 5).map((name, c) => `${name} ${pictures[c]}`);
  throw new InputError(`Cannot prove anything on so few images: different pictures to train on: ${counts.join(', ')}`, {
    fix: 'Give at least two different pictures of each class (twenty are a start); with --group, at least two groups',
  });
}

function goodness(trial: Trial): number {
  return trial.settings[trial.best]!.goodness;
}

/** At most so many rows, evenly spread. */
function spread(rows: Int32Array, most: number): Int32Array {
  if (rows.length <= most) return rows;
  return Int32Array.from({ length: most }, (_, i) => rows[Math.floor((i * rows.length) / most)]!);
}

/** A run of many minutes must not end at a folder that is not there. */
async function checkWritable(out: string): Promise<void> {
  const folder = dirname(resolve(out));
  const there = await stat(out).catch(() => undefined);
  if (there?.isDirectory())
    throw new UsageError(`Cannot write ${out}: it is a folder`, { fix: 'Name a file with --out' });
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw new UsageError(`Cannot write ${out}: ${folder} is not a folder that you may write to`, {
      fix: 'Make the folder, or pass another --out',
      cause,
    });
  });
}
