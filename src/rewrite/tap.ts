/**
 * A place where one tensor cuts the graph in two: every path from the main input to the output goes through it
 * (a dominator), constants and shape computations left aside.
 */
export interface Tap {
  /** `stageS.blockB/op`, unique in its graph: S counts drops of resolution, B the taps that consumed one another within it. */
  readonly id: string;
  /** The tensor's name in the graph. */
  readonly tensor: string;
  /** Share of the network's multiply-accumulates at or below this tap, 0 … 1. */
  readonly depth: number;
  /** Multiply-accumulates at or below this tap, for one example. */
  readonly macs: number;
  readonly stage: number;
  /** Per-example shape, batch left out: [C, H, W], [C] or [T, C]. */
  readonly shape: readonly number[];
  /** Length of the pooled code: C. */
  readonly channels: number;
  /** How the code is made from the tensor: mean over space, mean over tokens, or the vector itself. */
  readonly pooling: 'spatial-mean' | 'token-mean' | 'none';
  /** True where the tensor is a linear bottleneck or a residual sum, not the output of a non-linearity. */
  readonly linear: boolean;
  /**
   * Where candidates are tried first: the last tensor of each stage that is no bottleneck, the code before the classifier, the logits, and
   * others at even depths where that makes fewer than six.
   */
  readonly landmark: boolean;
  /** True for the output of the classifier (the source classes' logits). */
  readonly logits: boolean;
  /** Tensors that do not depend on the main input and cross the cut too. */
  readonly sides: readonly string[];
}
