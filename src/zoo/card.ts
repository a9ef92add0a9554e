/** How pixels become the network's input: `(pixel · scale − mean[c]) / std[c]`, channels in `channels` order, NCHW float32. */
export interface Preprocessing {
  readonly width: number;
  readonly height: number;
  readonly channels: 'RGB' | 'BGR';
  /** Applied to bytes 0 … 255 first; 1 keeps them. */
  readonly scale: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** What is known of a pretrained network, as data. A card that cannot be loaded does not exist. */
export interface Card {
  /** `efficientnet-lite0`. */
  readonly id: string;
  readonly title: string;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly preprocessing: Preprocessing;
  /** Source classes, in the order of the logits; the name of a bundled label list. */
  readonly labels: 'imagenet-1k';
  readonly parameters: number;
  /** Multiply-accumulates for one image. */
  readonly macs: number;
  /** ImageNet top-1 as published, percent, with its source. */
  readonly top1: { readonly value: number; readonly source: string };
  readonly licence: { readonly spdx: string; readonly notice: string };
  /** Where the weights came from: package, version, hash of the package's file. */
  readonly provenance: string;
}
