import { type Context, InputError } from '../base/index.ts';
import { makeFolds } from '../data/index.ts';
import { accuracy, crossNovelty, estimate, softmax } from '../evidence/index.ts';
import { softmax as softmaxRegression } from '../methods/index.ts';
import { cards } from '../zoo/index.ts';
import { auditNotes, auditOf, classSizes, type OutOfFold } from './audit.ts';
import { cacheOf, contextOf } from './context.ts';
import { bestByLogLoss } from './fit/best-setting.ts';
import { pick, rowsWhere } from './fit/splits.ts';
import { codesAt, tableOf } from './fit/table.ts';
import { type Duplicates, findDuplicates } from './groups.ts';
import { codesOf, type Images, listImages } from './images.ts';
import { type Network, openNetwork } from './network.ts';
import type { Follow } from './offload.ts';
import type { InspectOptions } from './options.ts';
import type { InspectResult, Score } from './results.ts';

/** Folds of the first look. */
const FOLDS = 5;

/** `inspect` in the thread it is called on. */
export async function runInspect(options: InspectOptions, follow: Follow): Promise<InspectResult> {
  const startedAt = Date.now();
  const context = contextOf(follow, options.seed ?? 0);
  const network = await openNetwork(cards[0].id);
  const dataset = await listImages(options.data, options, context, 'optional');
  const images = await codesOf(dataset, network, 'squash', options, cacheOf(options), context);
  try {
    if (images.examples.length === 0) {
      const reasons = images.skipped.slice(0, 3).map(({ file, reason }) => `${file}: ${reason}`);
      throw new InputError(
        `No image in ${options.data} could be read${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}`,
        {
          fix: 'Give a folder with one folder of images a class, or a CSV of path,label',
        },
      );
    }
    context.report({ step: 'Looking for duplicates', done: 0 });
    const duplicates = await findDuplicates(images, context.signal);
    const look = await firstLook(images, network, duplicates, context);
    const audit = auditOf(images, duplicates, look?.outOfFold);
    return {
      examples: images.examples.length,
      classes: classSizes(images),
      splits: splitSizes(images),
      skipped: images.skipped,
      sides: sidesOf(images),
      audit,
      firstLook: look?.score ?? null,
      notes: auditNotes(images, audit, duplicates),
      seconds: (Date.now() - startedAt) / 1000,
    };
  } finally {
    images.codes.close();
  }
}

/** Out-of-fold predictions by softmax regression on the default network's last code: what finds doubtful labels. */
async function firstLook(
  images: Images,
  network: Network,
  duplicates: Duplicates,
  context: Context,
): Promise<{ outOfFold: OutOfFold; score: Score } | undefined> {
  const classes = images.classes.length;
  const rows = rowsWhere(images.labels, (label) => label >= 0);
  const labels = pick(images.labels, rows);
  const groups = pick(duplicates.groups, rows);
  if (new Set(labels).size < 2 || new Set(groups).size < 2 * FOLDS) return undefined;
  context.report({ step: 'Taking a first look', done: 0 });
  const folds = makeFolds(labels, groups, { count: FOLDS, seed: context.seed });
  const codes = codesAt(images.codes, [network.last.id], rows);
  const fits = await softmaxRegression.crossFit(tableOf(codes, labels, classes, false), folds, {
    ...context,
    report: () => {},
  });
  const { fit, temperature } = bestByLogLoss(fits, labels, classes);
  const predictions = { classes, scores: softmax(fit.scores, classes, temperature), labels };
  return {
    outOfFold: {
      rows,
      logits: fit.scores,
      temperature,
      novelty: crossNovelty(codes, labels, folds, { seed: context.seed }),
    },
    score: estimate(accuracy, predictions, { groups }),
  };
}

function splitSizes({ examples }: Images): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { split } of examples) if (split !== undefined) counts[split] = (counts[split] ?? 0) + 1;
  return counts;
}

function sidesOf({ codes }: Images): InspectResult['sides'] {
  const sorted = Int32Array.from(codes.sizes).sort();
  return { least: sorted[0] ?? 0, median: sorted[sorted.length >> 1] ?? 0, most: sorted.at(-1) ?? 0 };
}
