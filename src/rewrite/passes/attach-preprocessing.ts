import { float32, int64, type Tensor } from '../../base/index.ts';
import { type Dim, dtypeCode, type Initializer, initializerOf, int, type Model, type Node } from '../../onnx/index.ts';
import { freshNames } from '../graph-index.ts';
import { applyPatch } from '../patch.ts';
import { RewriteError } from '../rewriter.ts';
import { mainInput } from '../taps/main-tensors.ts';

/** How pixels become the network's input: `(pixel · scale − mean[c]) / std[c]`, channels in `channels` order, NCHW float32. */
export interface PixelPreprocessing {
  readonly width: number;
  readonly height: number;
  readonly channels: 'RGB' | 'BGR';
  readonly scale: number;
  /** In the order of `channels`. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** The name of the input that takes pixels. */
export const IMAGE_INPUT = 'image';

/**
 * Moves the preprocessing into the network: the input becomes `image`, uint8 [N, height, width, 3] in RGB order.
 *
 *     input (float32 NCHW) ─ Conv …
 *         →
 *     image (uint8 NHWC) ─ Transpose ─ [Gather 2, 1, 0] ─ Cast ─ Mul scale ─ Sub mean ─ Div std ─ Conv …
 *
 * Scale, mean and deviation stay three steps, as reference implementations take them, so that float32 rounds the same way; a step that
 * does nothing is left out. Gather is for networks that want BGR. Bytes are transposed and not floats: a quarter of the traffic, and the
 * steps then run along whole planes.
 */
export function attachPreprocessing(model: Model, preprocessing: PixelPreprocessing, input?: string): Model {
  const { width, height, channels, scale, mean, std } = preprocessing;
  const label = 'attach preprocessing';
  const name = mainInput(model.graph, input);
  const old = model.graph.inputs.find((value) => value.name === name);
  const [batch = 'N', ...rest] = old?.shape ?? [];
  if (
    old?.dtype !== 'float32' ||
    rest.length !== 3 ||
    !rest.every((dim, axis) => fits(dim, [3, height, width][axis]!))
  ) {
    throw new RewriteError(label, `the input '${name}' is not float32 [N, 3, ${height}, ${width}]`);
  }
  const fresh = freshNames(model.graph);
  const add: Node[] = [];
  const initializers: Record<string, Initializer> = {};
  let tensor = IMAGE_INPUT;
  const step = (op: string, what: string, operand?: Tensor, attributes: Node['attributes'] = {}): void => {
    const inputs = [tensor];
    if (operand !== undefined) {
      inputs.push(fresh(`preprocessing/${what}/operand`));
      initializers[inputs[1]!] = initializerOf(operand);
    }
    tensor = fresh(`preprocessing/${what}`);
    add.push({ name: tensor, op, domain: '', inputs, outputs: [tensor], attributes });
  };
  step('Transpose', 'layout', undefined, { perm: { kind: 'ints', value: [0, 3, 1, 2] } });
  if (channels === 'BGR') step('Gather', 'bgr', int64([3], [2, 1, 0]), { axis: int(1) });
  step('Cast', 'float', undefined, { to: int(dtypeCode('float32')) });
  if (scale !== 1) step('Mul', 'scale', float32([], [scale]));
  if (mean.some((value) => value !== 0)) step('Sub', 'mean', float32([3, 1, 1], mean));
  if (std.some((value) => value !== 1)) step('Div', 'std', float32([3, 1, 1], std));
  const image = { name: IMAGE_INPUT, dtype: 'uint8' as const, shape: [batch, height, width, 3] };
  const inputs = model.graph.inputs.map((value) => (value === old ? image : value));
  return applyPatch(model, { label, add, initializers, inputs, redirect: new Map([[name, tensor]]) });
}

const fits = (dim: Dim, wanted: number): boolean => typeof dim !== 'number' || dim === wanted;
