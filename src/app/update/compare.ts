import type { ArtifactFile } from '../../artifact/index.ts';
import type { Context } from '../../base/index.ts';
import { correctness } from '../../evidence/index.ts';
import type { CodesMethod, Folds, Params } from '../../methods/index.ts';
import { bestByLogLoss } from '../fit/best-setting.ts';
import { pick } from '../fit/splits.ts';
import { codesAt, tableOf } from '../fit/table.ts';
import type { Joined } from './join.ts';
import type { Memory } from './memory.ts';
import { headProbabilities } from './old-head.ts';

/** What old and new model are compared on. */
export interface ComparisonInput {
  readonly file: ArtifactFile;
  readonly method: CodesMethod;
  readonly joined: Joined;
  readonly memory: Memory;
  /** Folds over `joined.rows`. */
  readonly folds: Folds;
  readonly context: Context;
}

/** A model on some images, out of fold. */
export interface OutOfFoldModel {
  readonly params: Params;
  readonly logits: Float32Array;
  /** 1 where it is right. */
  readonly right: Uint8Array;
}

/** Where a model is right when it may only name the first so many classes: what new classes cost is left aside. */
export function rightAmong(logits: Float32Array, classes: number, first: number, labels: Int32Array): Uint8Array {
  return Uint8Array.from(labels, (label, i) => {
    const row = logits.subarray(i * classes, i * classes + first);
    return label < first && row[label] === Math.max(...row) ? 1 : 0;
  });
}

/** The new model out of fold on all images: its best setting by log loss. */
export function newModel(input: ComparisonInput): Promise<OutOfFoldModel> {
  const { joined, folds } = input;
  return outOfFold(input, joined.rows, joined.images.classes.length, folds);
}

/**
 * Where the old model is right: on its own images out of fold, on the same folds and with its own setting; on new images of
 * its classes as the file stands.
 *
 * @returns 1 or 0 for each of the given places in `joined.rows`
 */
export async function oldModel(
  input: ComparisonInput,
  ownPlaces: Int32Array,
  newPlaces: Int32Array,
): Promise<Map<number, number>> {
  const { joined, file, folds } = input;
  const ownFolds = { count: folds.count, fold: pick(folds.fold, ownPlaces) };
  const own = await outOfFold(
    input,
    pick(joined.rows, ownPlaces),
    joined.oldClasses,
    ownFolds,
    file.metadata.method.params,
  );
  const right = new Map(Array.from(ownPlaces, (place, i) => [place, own.right[i]!]));
  if (newPlaces.length === 0) return right;
  const rows = pick(joined.rows, newPlaces);
  const scores = await headProbabilities(file, codesAt(joined.images.codes, tapsOf(file), rows));
  const hits = correctness({ classes: joined.oldClasses, scores, labels: pick(joined.images.labels, rows) });
  newPlaces.forEach((place, i) => {
    right.set(place, hits[i]!);
  });
  return right;
}

async function outOfFold(
  input: ComparisonInput,
  rows: Int32Array,
  classes: number,
  folds: Folds,
  params?: Params,
): Promise<OutOfFoldModel> {
  const { method, joined, memory, file, context } = input;
  const labels = pick(joined.images.labels, rows);
  const table = tableOf(codesAt(joined.images.codes, tapsOf(file), rows), labels, classes, memory.balanced);
  const fits = await method.crossFit(table, folds, { ...context, report: () => {} });
  const same = fits.filter((fit) => params !== undefined && JSON.stringify(fit.params) === JSON.stringify(params));
  const { fit } = bestByLogLoss(same.length > 0 ? same : fits, labels, classes);
  return { params: fit.params, logits: fit.scores, right: correctness({ classes, scores: fit.scores, labels }) };
}

export function tapsOf(file: ArtifactFile): readonly string[] {
  return file.metadata.taps.map(({ id }) => id);
}
