/** Where the bytes of an image are: a file, or an entry of a zip archive. */
export type Source =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly size: number;
      readonly mtimeMs: number;
      readonly inode: number;
    }
  | {
      readonly kind: 'zip';
      readonly archive: string;
      readonly entry: string;
      readonly size: number;
      readonly crc32: number;
    };

export type Split = 'train' | 'validation' | 'test';

export interface Example {
  /** As the user would name it: the path relative to the data's root, with `/`. */
  readonly file: string;
  readonly source: Source;
  /** Index into `classes`; −1 where the data has no labels. */
  readonly label: number;
  /** Given by the user's folders or column; undefined where they made none. */
  readonly split?: Split;
  /** Examples of one group (a patient, a video) never stand on both sides of a split. */
  readonly group?: string;
}

/** A file that was left out, and why in words. */
export interface Skipped {
  readonly file: string;
  readonly reason: string;
}

/** What a reader makes of the user's data: a list, no pixels. */
export interface Dataset {
  /** The folder, list or archive that was given. */
  readonly root: string;
  /** Sorted by name, digits by value. Empty where the data has no labels. */
  readonly classes: readonly string[];
  readonly examples: readonly Example[];
  readonly skipped: readonly Skipped[];
}

/** A resize policy: the deterministic view of an image that the network sees. */
export interface View {
  readonly id: 'squash' | 'center-crop' | 'pad';
  readonly width: number;
  readonly height: number;
  readonly kernel: 'cubic' | 'linear' | 'lanczos3';
}
