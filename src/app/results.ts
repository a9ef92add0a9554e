import type { Skipped, View } from '../data/index.ts';

/** A measured number with its 95 % interval. */
export interface Score {
  readonly metric: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface ClassCount {
  readonly label: string;
  readonly examples: number;
}

/** An image whose label is doubtful. */
export interface Suspect {
  readonly file: string;
  readonly label: string;
  readonly suggested: string;
  /** How sure the out-of-fold prediction is of the suggested label, 0 … 1. */
  readonly probability: number;
}

/** What was found in the data. */
export interface Audit {
  /** Groups of files that show the same picture; `exact` where the bytes are equal. */
  readonly duplicates: readonly {
    readonly files: readonly string[];
    readonly exact: boolean;
    readonly labels: readonly string[];
  }[];
  /** Pictures that stand in more than one of the user's train, validation and test folders. */
  readonly leaks: readonly { readonly files: readonly string[] }[];
  readonly suspects: readonly Suspect[];
  /** Images unlike any other, the strangest first. */
  readonly odd: readonly { readonly file: string; readonly label: string; readonly score: number }[];
  /** Size of the largest class over that of the smallest. */
  readonly imbalance: number;
  readonly smallClasses: readonly ClassCount[];
}

export interface Candidate {
  readonly id: string;
  readonly backbone: string;
  readonly tap: string;
  readonly method: string;
  readonly params: Readonly<Record<string, number | string | boolean>>;
  /** Multiply-accumulates of network and head for one image. */
  readonly cost: number;
  readonly seconds: number;
  readonly score: Score;
}

export interface FitResult {
  readonly task: 'classification';
  readonly classes: readonly string[];
  readonly examples: number;
  readonly skipped: readonly Skipped[];
  readonly audit: Audit;
  readonly candidates: readonly Candidate[];
  readonly winner: {
    readonly id: string;
    readonly why: string;
    /** Out of fold, of the winner's best setting: optimistic, since it was chosen among many. */
    readonly score: Score;
    /** The same, corrected for having been chosen (BBC-CV). */
    readonly corrected: Score;
    readonly metrics: Readonly<Record<string, Score>>;
  };
  /** Measured once, at the end, on images that no choice has seen; null where there were too few images. */
  readonly holdout: null | {
    readonly examples: number;
    readonly score: Score;
    readonly metrics: Readonly<Record<string, Score>>;
    readonly confusion: readonly (readonly number[])[];
  };
  readonly unknown: { readonly threshold: number; readonly refused: number };
  readonly calibration: { readonly temperature: number; readonly ece: number };
  readonly view: View;
  /** What a reader should know: classes that are too small, candidates left out by the budget, labels that leak. */
  readonly notes: readonly string[];
  readonly model: string;
  readonly modelBytes: number;
  readonly seconds: number;
}

export interface InspectResult {
  readonly examples: number;
  readonly classes: readonly ClassCount[];
  readonly splits: Readonly<Record<string, number>>;
  readonly skipped: readonly Skipped[];
  /** Smallest, median and largest side of the images in pixels. */
  readonly sides: { readonly least: number; readonly median: number; readonly most: number };
  readonly audit: Audit;
  /** Out-of-fold accuracy of softmax regression on the default network's last code: a first look. */
  readonly firstLook: Score | null;
  readonly notes: readonly string[];
  readonly seconds: number;
}

/** One prediction, as `graft predict --json` prints it. */
export interface Prediction {
  readonly file: string;
  readonly label: string;
  readonly probability: number;
  readonly unknown: boolean;
  readonly top: readonly { readonly label: string; readonly probability: number }[];
}

export interface PredictResult {
  readonly predictions: readonly Prediction[];
  readonly skipped: readonly Skipped[];
}

export interface ClassReport {
  readonly label: string;
  readonly examples: number;
  readonly recall: Score;
  readonly precision: Score;
}

export interface EvaluateResult {
  readonly model: string;
  readonly examples: number;
  readonly metrics: Readonly<Record<string, Score>>;
  readonly classes: readonly ClassReport[];
  /** confusion[given][predicted]. */
  readonly confusion: readonly (readonly number[])[];
  readonly labels: readonly string[];
  /** Share of the images that the model calls unknown. */
  readonly refused: number;
  readonly skipped: readonly Skipped[];
  readonly notes: readonly string[];
}

export interface UpdateResult {
  readonly model: string;
  readonly replaced: boolean;
  readonly added: { readonly examples: number; readonly known: number; readonly classes: readonly string[] };
  readonly classes: readonly string[];
  /** Both models on the new images of the old classes: the old model as it is, the new one out of fold. */
  readonly newImages: null | { readonly examples: number; readonly old: Score; readonly updated: Score };
  /** Both out of fold on the images the old model was made from. */
  readonly oldImages: { readonly examples: number; readonly old: Score; readonly updated: Score };
  readonly all: Score;
  readonly why: string;
  readonly skipped: readonly Skipped[];
  readonly seconds: number;
}

export interface EmbedResult {
  readonly out: string;
  readonly backbone: string;
  readonly taps: readonly string[];
  readonly rows: number;
  readonly cols: number;
  /** The file of each row, in order. */
  readonly files: readonly string[];
  readonly skipped: readonly Skipped[];
  readonly seconds: number;
}
