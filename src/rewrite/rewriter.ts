import { type ErrorDetails, GraftError, messageOf } from '../base/index.ts';
import type { Model, Node } from '../onnx/index.ts';

/** A rewrite could not be done. The message names the pass and, where there is one, the node. */
export class RewriteError extends GraftError {
  override readonly name = 'RewriteError';
  /** The label of the pass or patch. */
  readonly pass: string;
  /** The name of the node it stopped at. */
  readonly node: string | undefined;

  constructor(pass: string, problem: string, details: ErrorDetails & { readonly node?: Node } = {}) {
    const where = details.node === undefined ? '' : ` at ${details.node.op} node '${details.node.name}'`;
    super(`Cannot ${pass}${where}: ${problem}`, details);
    this.pass = pass;
    this.node = details.node?.name;
  }
}

/** A named change from one model to another. The name is an imperative phrase: it completes 'Cannot …'. */
export interface Pass {
  readonly name: string;
  run(model: Model): Model;
}

/**
 * Runs passes in order.
 *
 * @example
 * const lean = runPasses(model, [widenFloat16WeightsPass, foldBatchNormPass, eliminateDeadCodePass]);
 *
 * @throws {RewriteError} that names the pass which failed.
 */
export function runPasses(model: Model, passes: readonly Pass[]): Model {
  let current = model;
  for (const pass of passes) {
    try {
      current = pass.run(current);
    } catch (error) {
      if (error instanceof GraftError) throw error;
      throw new RewriteError(pass.name, messageOf(error), { cause: error });
    }
  }
  return current;
}
