import { int64 } from '../../base/index.ts';
import {
  foldShapes as foldKnownShapes,
  type Initializer,
  type InputShapes,
  inferShapes,
  initializerOf,
  intAttribute,
  lookup,
  type Model,
  type Node,
} from '../../onnx/index.ts';
import { freshNames } from '../graph-index.ts';
import { applyPatch } from '../patch.ts';
import { eliminateDeadCode } from './eliminate-dead-code.ts';

/**
 * Replaces computed shapes by constants, where the dimensions are known but for one, most often the batch:
 *
 *     x ─┬──────────────────────────── Reshape ─ y         x ─ Reshape ─ y
 *        └─ Shape ─ Gather ─ Concat ──────┘           →    [−1, 1280] ─┘
 *
 * One unknown dimension becomes −1, which Reshape infers from the number of elements. Shapes are then no longer a way around a tap.
 */
export function foldShapes(model: Model, inputShapes: InputShapes = {}): Model {
  const folded = foldKnownShapes(model, inputShapes);
  const types = inferShapes(folded, inputShapes);
  const fresh = freshNames(folded.graph);
  const remove: Node[] = [];
  const add: Node[] = [];
  const initializers: Record<string, Initializer> = {};
  for (const node of folded.graph.nodes) {
    const target = types.get(node.outputs[0] ?? '')?.shape;
    const computed = lookup(folded.graph.initializers, node.inputs[1] ?? '') === undefined;
    if (node.op !== 'Reshape' || node.domain !== '' || !computed || target === undefined) continue;
    if (target.filter((dim) => typeof dim !== 'number').length > 1 || target.includes(0)) continue;
    if (intAttribute(node, 'allowzero', 0) !== 0) continue;
    const shape = fresh(`${node.name}_shape`);
    initializers[shape] = initializerOf(
      int64(
        [target.length],
        target.map((dim) => (typeof dim === 'number' ? dim : -1)),
      ),
    );
    remove.push(node);
    add.push({ ...node, inputs: [node.inputs[0]!, shape] });
  }
  return eliminateDeadCode(applyPatch(folded, { label: 'fold shapes', remove, add, initializers }));
}
