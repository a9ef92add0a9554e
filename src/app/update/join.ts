import { joinSources } from '../../features/index.ts';
import { rowsWhere } from '../fit/splits.ts';
import { type Images, sha256At } from '../images.ts';

/** Old and new images as one list. */
export interface Joined {
  readonly images: Images;
  /** Rows that are used: all labelled ones but old images that the new data names again. */
  readonly rows: Int32Array;
  /** First row of the new images. */
  readonly edge: number;
  readonly oldClasses: number;
  /** New images that the model was made from already. */
  readonly known: number;
}

/** Joins old and new: classes keep their places, new ones come after them. Where both hold a file, the new label counts. */
export function joinImages(before: Images, more: Images): Joined {
  const added = more.classes.filter((label) => !before.classes.includes(label));
  const classes = [...before.classes, ...added];
  const relabelled = more.labels.map((label) => (label < 0 ? -1 : classes.indexOf(more.classes[label]!)));
  const labels = Int32Array.from([...before.labels, ...relabelled]);
  const labelled = rowsWhere(more.labels, (label) => label >= 0);
  const fresh = new Set(Array.from(labelled, (row) => sha256At(more, row)));
  const edge = before.examples.length;
  const old = new Set(before.examples.map((_, row) => sha256At(before, row)));
  const named = before.examples.map((_, row) => fresh.has(sha256At(before, row)));
  return {
    images: {
      classes,
      emptyClasses: more.emptyClasses,
      view: before.view,
      examples: [...before.examples, ...more.examples.map((example, i) => ({ ...example, label: relabelled[i]! }))],
      labels,
      codes: joinSources(before.codes, more.codes),
      skipped: more.skipped,
    },
    rows: rowsWhere(labels, (label) => label >= 0).filter((row) => row >= edge || !named[row]),
    edge,
    oldClasses: before.classes.length,
    known: Array.from(labelled).filter((row) => old.has(sha256At(more, row))).length,
  };
}
