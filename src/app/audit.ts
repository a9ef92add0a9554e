import { formatCount } from '../base/index.ts';
import { duplicatesAcrossClasses, leaks, oddOnesOut, suspects } from '../data/index.ts';
import { softmax } from '../evidence/index.ts';
import type { Duplicates } from './groups.ts';
import type { Images } from './images.ts';
import type { Audit, ClassCount } from './results.ts';

/** Fewer images a class than this and its scores are hardly more than a guess. */
const SMALL_CLASS = 20;
/** Odd ones listed; there is always a strangest image. */
const MOST_ODD = 20;

/** What out-of-fold predictions say of the labels; absent where none were made. */
export interface OutOfFold {
  readonly rows: Int32Array;
  readonly logits: Float32Array;
  readonly temperature: number;
  /** Out-of-fold novelty of the same rows. */
  readonly novelty: Float32Array;
}

/** Puts together what was found in the data. */
export function auditOf(images: Images, duplicates: Duplicates, outOfFold?: OutOfFold): Audit {
  const { examples, labels, classes } = images;
  const files = (rows: readonly number[]) => rows.map((row) => examples[row]!.file);
  const named = (row: number) => classes[labels[row]!] ?? '';
  const isExact = new Set(duplicates.exact.map((rows) => rows.join()));
  const groups = [
    ...duplicates.exact.map((rows) => ({ rows, exact: true })),
    ...duplicates.near.filter((rows) => !isExact.has(rows.join())).map((rows) => ({ rows, exact: false })),
  ];
  const sizes = classSizes(images);
  const present = sizes.filter(({ examples: count }) => count > 0).map(({ examples: count }) => count);
  return {
    duplicates: groups.map(({ rows, exact }) => ({ files: files(rows), exact, labels: [...new Set(rows.map(named))] })),
    leaks: leaks(
      duplicates.pictures,
      examples.map((example) => example.split),
    ).map(({ members }) => ({ files: files(members) })),
    ...(outOfFold === undefined ? { suspects: [], odd: [] } : doubts(images, outOfFold, named)),
    imbalance: present.length === 0 ? 1 : Math.max(...present) / Math.min(...present),
    smallClasses: sizes.filter(({ examples: count }) => count < SMALL_CLASS),
  };
}

function doubts(images: Images, { rows, logits, temperature, novelty }: OutOfFold, named: (row: number) => string) {
  const { examples, labels, classes } = images;
  const probabilities = softmax(logits, classes.length, temperature);
  const given = rows.map((row) => labels[row]!);
  return {
    suspects: suspects(probabilities, given, classes.length).map(({ index, suggested, confidence }) => ({
      file: examples[rows[index]!]!.file,
      label: named(rows[index]!),
      suggested: classes[suggested]!,
      probability: confidence,
    })),
    odd: oddOnesOut(novelty, { limit: MOST_ODD }).odd.map(({ index, novelty: score }) => ({
      file: examples[rows[index]!]!.file,
      label: named(rows[index]!),
      score,
    })),
  };
}

/** Number of images of each class. */
export function classSizes({ classes, labels }: Images): readonly ClassCount[] {
  const counts = new Float64Array(classes.length);
  for (const label of labels) if (label >= 0) counts[label]! += 1;
  return classes.map((label, i) => ({ label, examples: counts[i]! }));
}

/** What a reader should know of the data, in sentences. */
export function auditNotes(images: Images, audit: Audit, duplicates: Duplicates): readonly string[] {
  const notes: string[] = [];
  const conflicts = duplicatesAcrossClasses(duplicates.pictures, images.labels).length;
  if (conflicts > 0)
    notes.push(`${formatCount(conflicts, 'picture')} in more than one class: at most one of the labels is right`);
  if (audit.leaks.length > 0) {
    notes.push(
      `${formatCount(audit.leaks.length, 'picture')} in more than one of train, validation and test: scores on them flatter`,
    );
  }
  const small = audit.smallClasses;
  if (small.length > 0) {
    const listed = small.slice(0, 5).map(({ label, examples }) => `${label} (${examples})`);
    notes.push(
      `Few images in ${listed.join(', ')}${small.length > 5 ? ` and ${small.length - 5} more classes` : ''}: 20 or more a class make scores worth having`,
    );
  }
  if (images.emptyClasses.length > 0) notes.push(`No readable image in ${images.emptyClasses.join(', ')}: left out`);
  if (audit.imbalance >= 3) {
    notes.push(
      `The largest class has ${audit.imbalance.toFixed(1)} times the images of the smallest: consider --metric balanced-accuracy`,
    );
  }
  if (!duplicates.complete)
    notes.push('So many images look alike that not all pairs could be compared: some near duplicates may be missing');
  return notes;
}
