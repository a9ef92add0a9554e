import type { Model } from '../../onnx/index.ts';
import { RewriteError } from '../rewriter.ts';
import type { Tap } from '../tap.ts';
import { cutPrefix } from './cut-at-tap.ts';

/**
 * Takes the classifier off: the last tap before the logits becomes the output.
 *
 *     image ─ … ─ Flatten ─ Gemm ─ logits    →    image ─ … ─ Flatten
 *
 * @throws {RewriteError} when the network has no classifier.
 */
export function dropClassifier(model: Model, taps: readonly Tap[]): Model {
  const code = taps.at(-1)?.logits ? taps.at(-2) : undefined;
  if (code === undefined) throw new RewriteError('drop the classifier', 'the network has none, or nothing below it');
  return cutPrefix(model, [code.tensor]);
}
