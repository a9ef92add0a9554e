import {
  floatAttribute,
  type Initializer,
  inferShapes,
  intAttribute,
  intsAttribute,
  type Model,
  type Node,
  stringAttribute,
} from '../../onnx/index.ts';
import { constant, dimsOf, floatsOf } from '../constants.ts';
import { freshNames, type GraphIndex, indexGraph } from '../graph-index.ts';
import { applyPatch } from '../patch.ts';
import type { Pass } from '../rewriter.ts';
import { eliminateDeadCode } from './eliminate-dead-code.ts';

/**
 * Folds batch normalisation with constant statistics into the layer below or above it: y = s·x + t with s = γ/√(σ² + ε),
 * t = β − s·μ (Ioffe & Szegedy 2015, algorithm 2). Computed in float64, rounded once.
 *
 *     x ─ Conv(W, b) ─ BatchNormalization ─ y        x ─ Conv(s·W, s·b + t) ─ y
 *     x ─ BatchNormalization ─ Conv(W, b) ─ y   →    x ─ Conv(W·s, b + W·t) ─ y     without padding only: the rim is 0, not t
 *
 * The same for ConvTranspose (below), Gemm and MatMul of a matrix. A layer whose output goes anywhere else too, or whose weights are
 * not constants, is left alone, as is batch normalisation in training mode. Float16 weights have to be widened first.
 */
export function foldBatchNorm(model: Model): Model {
  return foldTowards('above', foldTowards('below', model));
}

export const foldBatchNormPass: Pass = { name: 'fold batch norm', run: foldBatchNorm };

/** y = scale·x + shift, for each channel. */
interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

function foldTowards(side: 'below' | 'above', model: Model): Model {
  const folder = new Folder(model);
  for (const node of model.graph.nodes)
    if (node.op === 'BatchNormalization' && node.domain === '') folder.fold(node, side);
  return folder.finish();
}

class Folder {
  readonly #model: Model;
  readonly #index: GraphIndex;
  readonly #fresh: (wish: string) => string;
  readonly #removed = new Set<Node>();
  readonly #added: Node[] = [];
  readonly #initializers: Record<string, Initializer> = {};

  constructor(model: Model) {
    this.#model = model;
    this.#index = indexGraph(model.graph);
    this.#fresh = freshNames(model.graph);
  }

  fold(norm: Node, side: 'below' | 'above'): void {
    const affine = affineOf(this.#model, norm);
    const [input, output] = [norm.inputs[0]!, norm.outputs[0]!];
    const between = side === 'below' ? input : output;
    const layer = side === 'below' ? this.#index.producer(input) : this.#index.consumers(output)[0];
    if (affine === undefined || layer === undefined || !this.#index.isPrivate(between) || this.#removed.has(layer))
      return;
    const weights = weightsOf(this.#model, layer);
    const folded = weights && (side === 'below' ? scaleOutputs(weights, affine) : scaleInputs(weights, affine));
    if (folded === undefined || (side === 'above' && (!isUnpadded(layer) || layer.inputs[0] !== output))) return;
    this.#removed.add(norm).add(layer);
    const ends = side === 'below' ? [layer.inputs[0]!, output] : [input, layer.outputs[0]!];
    this.#added.push(this.#withWeights(layer, folded, ends[0]!, ends[1]!));
  }

  finish(): Model {
    if (this.#removed.size === 0) return this.#model;
    const patched = applyPatch(this.#model, {
      label: 'fold batch norm',
      remove: [...this.#removed],
      add: this.#added,
      initializers: this.#initializers,
    });
    return eliminateDeadCode(patched);
  }

  #withWeights(layer: Node, folded: Folded, input: string, output: string): Node {
    const weight = this.#fresh(`${layer.inputs[1]}_folded`);
    const bias = this.#fresh(layer.inputs[2] ? `${layer.inputs[2]}_folded` : `${layer.name}_bias`);
    this.#initializers[weight] = constant(folded.dims, folded.weight);
    this.#initializers[bias] = constant([folded.bias.length], folded.bias);
    if (layer.op === 'MatMul')
      return { ...layer, op: 'Gemm', attributes: {}, inputs: [input, weight, bias], outputs: [output] };
    const attributes =
      layer.op === 'Gemm' ? { ...layer.attributes, beta: { kind: 'float' as const, value: 1 } } : layer.attributes;
    return { ...layer, attributes, inputs: [input, weight, bias], outputs: [output] };
  }
}

/** What a batch normalisation does at inference; undefined where its statistics are not constants, or it trains. */
function affineOf(model: Model, norm: Node): Affine | undefined {
  const [gamma, beta, mean, variance] = norm.inputs.slice(1, 5).map((input) => floatsOf(model, input));
  if (gamma === undefined || beta === undefined || mean === undefined || variance === undefined) return undefined;
  if (intAttribute(norm, 'training_mode', 0) !== 0 || norm.outputs.slice(1).some((output) => output !== ''))
    return undefined;
  const epsilon = floatAttribute(norm, 'epsilon', 1e-5);
  const scale = Float64Array.from(gamma, (value, channel) => value / Math.sqrt(variance[channel]! + epsilon));
  const shift = Float64Array.from(beta, (value, channel) => value - scale[channel]! * mean[channel]!);
  return { scale, shift };
}

interface Folded {
  readonly dims: readonly number[];
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** A layer's constant weights, seen as [groups × outputs in a group × inputs in a group × taps of the kernel]. */
interface Weights {
  readonly dims: readonly number[];
  readonly values: Float32Array;
  readonly bias: Float64Array;
  readonly inputs: number;
  /** Output and input channel of the element at `index`. */
  channels(index: number): readonly [output: number, input: number];
}

function weightsOf(model: Model, layer: Node): Weights | undefined {
  const values = floatsOf(model, layer.inputs[1]);
  const dims = dimsOf(model, layer.inputs[1]);
  if (values === undefined || dims === undefined || layer.domain !== '') return undefined;
  const shape = layerShape(model, layer, dims);
  if (shape === undefined) return undefined;
  const bias = new Float64Array(shape.outputs);
  if ((layer.inputs[2] ?? '') !== '') {
    const stored = floatsOf(model, layer.inputs[2]);
    const factor = layer.op === 'Gemm' ? floatAttribute(layer, 'beta', 1) : 1;
    if (stored === undefined || (stored.length !== shape.outputs && stored.length !== 1)) return undefined;
    for (let channel = 0; channel < bias.length; channel++)
      bias[channel] = factor * stored[stored.length === 1 ? 0 : channel]!;
  }
  return { dims, values, bias, inputs: shape.inputs, channels: shape.channels };
}

interface LayerShape extends Pick<Weights, 'channels' | 'inputs'> {
  readonly outputs: number;
}

function layerShape(model: Model, layer: Node, dims: readonly number[]): LayerShape | undefined {
  const [rows = 0, columns = 0] = dims;
  const groups = intAttribute(layer, 'group', 1);
  const taps = dims.slice(2).reduce((product, dim) => product * dim, 1);
  if (layer.op === 'Conv') {
    const perGroup = rows / groups;
    return {
      outputs: rows,
      inputs: columns * groups,
      channels: (index) => {
        const output = Math.floor(index / (columns * taps));
        return [output, Math.floor(output / perGroup) * columns + (Math.floor(index / taps) % columns)];
      },
    };
  }
  if (layer.op === 'ConvTranspose') {
    const perGroup = rows / groups;
    return {
      outputs: columns * groups,
      inputs: rows,
      channels: (index) => {
        const input = Math.floor(index / (columns * taps));
        return [Math.floor(input / perGroup) * columns + (Math.floor(index / taps) % columns), input];
      },
    };
  }
  if (dims.length !== 2 || !isMatrixProduct(model, layer)) return undefined;
  const turned = intAttribute(layer, 'transB', 0) !== 0;
  const at = (index: number): [number, number] => [Math.floor(index / columns), index % columns];
  return turned
    ? { outputs: rows, inputs: columns, channels: at }
    : { outputs: columns, inputs: rows, channels: (index) => [at(index)[1], at(index)[0]] };
}

/** Gemm without factors, or MatMul of what is known to be a matrix: with more dimensions its columns are not the channels. */
function isMatrixProduct(model: Model, layer: Node): boolean {
  if (layer.op === 'Gemm') return intAttribute(layer, 'transA', 0) === 0 && floatAttribute(layer, 'alpha', 1) === 1;
  return layer.op === 'MatMul' && inferShapes(model).get(layer.inputs[0]!)?.shape?.length === 2;
}

/** BatchNormalization behind the layer: each output channel is scaled and shifted. */
function scaleOutputs(weights: Weights, { scale, shift }: Affine): Folded | undefined {
  if (weights.bias.length !== scale.length) return undefined;
  const weight = weights.values.map((value, index) => value * scale[weights.channels(index)[0]]!);
  const bias = Float32Array.from(weights.bias, (value, channel) => value * scale[channel]! + shift[channel]!);
  return { dims: weights.dims, weight, bias };
}

/** BatchNormalization before the layer: each input channel is scaled, and its shift adds to every output it reaches. */
function scaleInputs(weights: Weights, { scale, shift }: Affine): Folded | undefined {
  if (weights.inputs !== scale.length) return undefined;
  const bias = Float64Array.from(weights.bias);
  const weight = weights.values.map((value, index) => {
    const [output, input] = weights.channels(index);
    bias[output]! += value * shift[input]!;
    return value * scale[input]!;
  });
  return { dims: weights.dims, weight, bias: Float32Array.from(bias) };
}

/** Padding adds zeros behind the batch normalisation; folded into the layer above it, they would be scaled and shifted too. */
function isUnpadded(conv: Node): boolean {
  if (conv.op === 'ConvTranspose') return false;
  if (conv.op !== 'Conv') return true;
  const named = stringAttribute(conv, 'auto_pad', 'NOTSET');
  if (named === 'VALID') return true;
  return named === 'NOTSET' && (intsAttribute(conv, 'pads') ?? []).every((pad) => pad === 0);
}
