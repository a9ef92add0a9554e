import type { Context, RowBlocks } from '../base/index.ts';
import type { GraphBuilder } from '../onnx/index.ts';

/** Labelled codes: row i of `codes` belongs to `labels[i]` (0 … classes−1) and `fold[i]`. */
export interface CodeTable {
  readonly codes: RowBlocks;
  readonly labels: Int32Array;
  readonly classes: number;
  /** Weight of each example in the training loss (class weights, 0 leaves it out); undefined: 1 each. */
  readonly weights?: Float32Array;
}

/** A cross-validation plan: fold[i] in 0 … count−1 is where example i is held out. */
export interface Folds {
  readonly count: number;
  readonly fold: Int32Array;
}

/** Settings of one fit, JSON values. */
export type Params = Readonly<Record<string, number | string | boolean>>;

/** Out-of-fold scores of one setting: logits (or log-probabilities) [N × classes], row-major. */
export interface CrossFit {
  readonly params: Params;
  readonly scores: Float32Array;
}

/** A head fitted on codes. */
export interface FittedHead {
  readonly params: Params;
  /** Logits [rows × classes] for raw (not standardised) codes. */
  predict(codes: RowBlocks): Promise<Float32Array>;
  /** Adds the head to a graph: takes the codes [N, D], returns the name of the logits [N, classes]. ai.onnx ops only. */
  toGraph(builder: GraphBuilder, codes: string): string;
}

/** What a method is told of the data, to say what a fit will cost. */
export interface TableMeta {
  readonly rows: number;
  readonly cols: number;
  readonly classes: number;
  readonly folds: number;
}

/**
 * A way to turn codes into a predictor. `crossFit` exists beside `fit` because folds and a path of settings that share the
 * codes are far cheaper together than one by one (docs/decisions/0004-method-contract.md).
 */
export interface CodesMethod {
  readonly id: string;
  readonly tasks: readonly 'classification'[];
  readonly needs: 'codes';
  /** The settings `crossFit` tries, in order. */
  space(meta: TableMeta): readonly Params[];
  /** Estimated seconds for crossFit over the whole space on this machine. */
  cost(meta: TableMeta): number;
  /** Out-of-fold scores for every setting of the space. */
  crossFit(table: CodeTable, folds: Folds, context: Context): Promise<readonly CrossFit[]>;
  /** Fits on all rows with one setting. */
  fit(table: CodeTable, params: Params, context: Context): Promise<FittedHead>;
}
