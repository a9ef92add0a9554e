import { type Dim, GraphBuilder, inferShapes, type Model } from '../../onnx/index.ts';
import { RewriteError } from '../rewriter.ts';

export interface HeadOptions {
  /** The tensor the head stands on; the only output of the model where left out. It stays an output. */
  readonly codes?: string;
  /** What the head's output is called; `logits` where left out. */
  readonly output?: string;
  readonly classes: number;
}

/**
 * Puts a head on a network: `build` adds its nodes and returns the name of the logits.
 *
 *     image ─ … ─ codes    →    image ─ … ─┬─ codes
 *                                          └─ head ─ logits
 *
 * @example
 * const whole = attachHead(trunk, (builder, codes) => head.toGraph(builder, codes), { classes: 3 });
 */
export function attachHead(
  model: Model,
  build: (builder: GraphBuilder, codes: string) => string,
  options: HeadOptions,
): Model {
  const codes = options.codes ?? model.graph.outputs[0]?.name;
  if (codes === undefined || !inferShapes(model).has(codes)) {
    throw new RewriteError(
      'attach a head',
      codes === undefined ? 'the model has no output' : `there is no tensor '${codes}'`,
    );
  }
  const builder = GraphBuilder.from(model);
  const logits = build(builder, codes);
  const name = options.output ?? 'logits';
  builder.node('Identity', [logits], {}, { outputs: [name], name: 'head/output' });
  builder.output(name, 'float32', [batchOf(model), options.classes]);
  return builder.build();
}

/** The batch dimension as the model calls it. */
export function batchOf(model: Model): Dim {
  return model.graph.inputs[0]?.shape?.[0] ?? 'N';
}
