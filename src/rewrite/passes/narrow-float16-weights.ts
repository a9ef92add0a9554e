import { sizeOf } from '../../base/index.ts';
import {
  dtypeCode,
  type Initializer,
  initializerOf,
  type Model,
  type Node,
  recordOf,
  tensorOf,
} from '../../onnx/index.ts';
import { freshNames } from '../graph-index.ts';
import { floatsOfHalves, halvesOfFloats } from '../half.ts';
import { applyPatch } from '../patch.ts';

export interface NarrowOptions {
  /** Round weights that float16 cannot hold exactly, too; those beyond ±65504 stay as they are in any case. */
  readonly force?: boolean;
}

/** Smaller tensors gain less than the Cast node costs in the file (about 60 bytes). */
const MIN_ELEMENTS = 64;

/**
 * Stores float32 weights as float16 with a Cast behind, where float16 holds every value exactly: half the file, the same numbers.
 * onnxruntime folds the Cast when it loads the model.
 *
 *             W (float32) ─┐           W (float16) ─ Cast ─┐
 *                     x ─ Conv ─ y  →                  x ─ Conv ─ y
 */
export function narrowFloat16Weights(model: Model, options: NarrowOptions = {}): Model {
  const fresh = freshNames(model.graph);
  const add: Node[] = [];
  const kept: [string, Initializer][] = [];
  for (const [name, initializer] of Object.entries(model.graph.initializers)) {
    const halves = halvesOf(initializer, options.force === true);
    if (halves === undefined) {
      kept.push([name, initializer]);
      continue;
    }
    const stored = fresh(`${name}_float16`);
    kept.push([stored, initializerOf({ dtype: 'float16', dims: initializer.dims, data: halves })]);
    const to = { kind: 'int' as const, value: dtypeCode('float32') };
    add.push({
      name: fresh(`${name}_widen`),
      op: 'Cast',
      domain: '',
      inputs: [stored],
      outputs: [name],
      attributes: { to },
    });
  }
  if (add.length === 0) return model;
  const narrowed = { ...model, graph: { ...model.graph, initializers: recordOf(kept) } };
  return applyPatch(narrowed, { label: 'narrow weights to float16', add });
}

function halvesOf(initializer: Initializer, force: boolean): Uint16Array | undefined {
  if (initializer.dtype !== 'float32' || sizeOf(initializer.dims) < MIN_ELEMENTS) return undefined;
  const { data } = tensorOf(initializer);
  if (!(data instanceof Float32Array)) return undefined;
  const halves = halvesOfFloats(data);
  const back = floatsOfHalves(halves);
  for (let i = 0; i < data.length; i++) {
    if (!Object.is(back[i], data[i]) && !(force && Number.isFinite(back[i]))) return undefined;
  }
  return halves;
}
