import type { Model, Node } from '../../onnx/index.ts';
import { indexGraph } from '../graph-index.ts';
import { applyPatch } from '../patch.ts';
import type { Pass } from '../rewriter.ts';

/**
 * Takes out nodes that hand their input on unchanged at inference: Identity, and Dropout without training mode.
 *
 *     x ─ Relu ─ Dropout ─ Conv ─ y    →    x ─ Relu ─ Conv ─ y
 *
 * One whose output the caller sees stays when its input has a name of its own to keep: an output of the graph is never renamed.
 */
export function eliminateIdentity(model: Model): Model {
  const index = indexGraph(model.graph);
  const redirect = new Map<string, string>();
  const remove: Node[] = [];
  for (const node of model.graph.nodes) {
    const [from, to] = [node.inputs[0], node.outputs[0]];
    if (from === undefined || to === undefined || !isIdentity(node) || index.isOutput(to)) continue;
    const mask = node.outputs[1] ?? '';
    if (mask !== '' && (index.isOutput(mask) || index.consumers(mask).length > 0)) continue;
    redirect.set(to, redirect.get(from) ?? from);
    remove.push(node);
  }
  return remove.length === 0 ? model : applyPatch(model, { label: 'eliminate identity', remove, redirect });
}

export const eliminateIdentityPass: Pass = { name: 'eliminate identity', run: eliminateIdentity };

/** Dropout trains only when its third input says so; without that input it is the identity. */
function isIdentity(node: Node): boolean {
  if (node.domain !== '') return false;
  return node.op === 'Identity' || (node.op === 'Dropout' && (node.inputs[2] ?? '') === '');
}
