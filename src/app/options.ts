import type { View } from '../data/index.ts';

/** What every use case that reads images takes. */
export interface CommonOptions {
  /** Where codes are kept; the user's cache folder, or `GRAFTWORK_CACHE`, if left out. */
  readonly cache?: string;
  /** Bytes the cache may hold; the least recently used codes go first. */
  readonly cacheLimit?: number;
  /** Where networks run: `cpu` (default), `cuda`, `dml`, `coreml`, `webgpu`. */
  readonly device?: string;
  /** Worker threads that decode and run the network; one per processor core if left out. */
  readonly workers?: number;
}

/** How labelled data is read. */
export interface DataOptions {
  /** Column of the label in a CSV or JSONL list. */
  readonly target?: string;
  /** A column, or a regular expression over the path whose first capture names the group. */
  readonly group?: string;
}

export interface FitOptions extends CommonOptions, DataOptions {
  /** A folder of class folders, a CSV or JSONL list, or a zip archive. */
  readonly data: string;
  /** The model file to write. */
  readonly out: string;
  /** Wall clock from `startedAt` to the end, in milliseconds. */
  readonly budget?: number;
  /** When the run began, in milliseconds since the epoch: a budget counts the start of the program too. */
  readonly startedAt?: number;
  readonly seed?: number;
  /** Methods to compare, by id; all that fit if left out. */
  readonly methods?: readonly string[];
  /** Networks to compare, by id; all that are embedded if left out. */
  readonly backbones?: readonly string[];
  /** Taps to compare, by id; the landmarks of each network and all of them together if left out. */
  readonly taps?: readonly string[];
  readonly metric?: MetricId;
  readonly view?: 'auto' | View['id'];
  readonly classWeights?: 'auto' | 'balanced' | 'none';
  /** Folds of the cross-validation, 5 if left out. */
  readonly folds?: number;
  /** Share of the images locked away until the end; `auto` takes 20 % of 750 images or more, `none` takes none. */
  readonly holdout?: 'auto' | 'none' | number;
  /** Share of one's own images that the threshold for unknown inputs may refuse; 0.02 if left out. */
  readonly refuse?: number;
}

/** What the winner is chosen by. */
export type MetricId = 'accuracy' | 'balanced-accuracy' | 'log-loss';

export interface InspectOptions extends CommonOptions, DataOptions {
  readonly data: string;
  readonly seed?: number;
}

export interface PredictOptions extends CommonOptions {
  readonly model: string;
  /** Images, folders, lists or archives. */
  readonly inputs: readonly string[];
  /** How many labels to give for each image, 1 if left out. */
  readonly top?: number;
  /** Write the exact uint8 tensor [N, H, W, 3] that the model was fed to this .npy file. */
  readonly dumpInput?: string;
}

export interface EvaluateOptions extends CommonOptions, DataOptions {
  readonly model: string;
  readonly data: string;
}

export interface UpdateOptions extends CommonOptions, DataOptions {
  readonly model: string;
  /** New labelled images: more of the known classes, or new classes. */
  readonly data: string;
  /** The images the model was made from, where their codes are no longer in the cache. */
  readonly base?: string;
  /** Where the new model goes; the old file is replaced if left out. */
  readonly out?: string;
  /** Report only. */
  readonly dryRun?: boolean;
  /** Replace even where the new model is worse. */
  readonly force?: boolean;
  readonly seed?: number;
}

export interface EmbedOptions extends CommonOptions {
  readonly data: string;
  readonly out: string;
  readonly backbone?: string;
  /** Tap ids, side by side in the output; the code before the classifier if left out. */
  readonly taps?: readonly string[];
  readonly view?: View['id'];
}
