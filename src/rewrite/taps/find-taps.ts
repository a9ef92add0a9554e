import { countMacs, type Dim, inferShapes, type Model } from '../../onnx/index.ts';
import { lookAbove } from '../cut.ts';
import { type GraphIndex, indexGraph } from '../graph-index.ts';
import type { Tap } from '../tap.ts';
import { dependentsOf, traceData } from './data-flow.ts';
import { type Dominator, findDominators } from './dominators.ts';
import { type Geometry, geometryOf, STAGE_DROP } from './geometry.ts';
import { markLandmarks } from './landmarks.ts';
import { isLinear } from './linear.ts';
import { mainInput, mainOutput } from './main-tensors.ts';
import { isClassScore, isLayer, isRearranging, isSameValues, isSpatial, isView } from './op-roles.ts';

export interface TapOptions {
  /** The input the network is about; found by itself where left out. */
  readonly input?: string;
  /** The output the network is about; found by itself where left out. */
  readonly output?: string;
  /** Shapes to assume for inputs whose dimensions the file leaves open. */
  readonly inputShapes?: Readonly<Record<string, readonly Dim[]>>;
  /** False for a trunk without a classifier, whose output is a code like any other. */
  readonly classifier?: boolean;
}

/**
 * Finds the places where one tensor cuts the network in two, from the graph alone, in the order of their depth.
 *
 * Of a run of such tensors only the one that the next layer consumes is kept: of Conv → BatchNormalization → Clip → Conv that is
 * Clip's output, of Relu → MaxPool → Conv MaxPool's. Where a map is flattened for a layer, the map is kept, since its mean over
 * space is the shorter code. The last tap is the output before any softmax: the logits, if the network is a classifier.
 *
 * Shape computations should be folded first (`foldShapes`); those that are left do not hide a tap, but cross the cut as sides.
 *
 * @example
 * const taps = findTaps(model);
 * taps.filter((tap) => tap.landmark).map((tap) => `${tap.id} ${tap.channels} ${tap.depth.toFixed(2)}`);
 *
 * @throws {RewriteError} when no output depends on an input, or the input or output asked for is not there.
 */
export function findTaps(model: Model, options: TapOptions = {}): readonly Tap[] {
  const { graph } = model;
  const types = inferShapes(model, options.inputShapes);
  const macs = countMacs(model, types).nodes;
  const input = mainInput(graph, options.input);
  const below = (output: string): number =>
    traceData(graph, input, output).nodes.reduce((sum, node) => sum + (macs.get(node.name) ?? 0), 0);
  const output = mainOutput(graph, input, below, options.output);
  const dominators = findDominators(traceData(graph, input, output));
  const index = indexGraph(graph);
  const depends = dependentsOf(graph, [input]);

  const geometry = (place: number): Geometry | undefined =>
    geometryOf(types.get(dominators[place]!.tensor)?.shape, layoutAt(dominators, place));

  const total = below(output);
  const candidates = chooseTensors(dominators, geometry);
  const macsUpTo = runningSum(
    dominators.map((dominator) => sum(dominator.region.map((node) => macs.get(node.name) ?? 0))),
  );
  const namer = new StageNamer(sideOfInput(types.get(input)?.shape));
  const taps: Tap[] = [];
  for (const place of candidates) {
    const { tensor } = dominators[place]!;
    const shape = geometry(place);
    if (shape === undefined) continue;
    const last = place === candidates.at(-1);
    const { id, stage } = namer.name(shape.side, opOf(index, tensor));
    taps.push({
      id,
      tensor,
      depth: total === 0 ? place / (dominators.length - 1) : macsUpTo[place]! / total,
      macs: macsUpTo[place]!,
      stage,
      shape: shape.shape,
      channels: shape.channels,
      pooling: shape.pooling,
      linear: isLinear(index, depends, tensor),
      landmark: false,
      logits: last && options.classifier !== false && isVector(shape),
      sides: lookAbove(graph, tensor, [output]).sides,
    });
  }
  return markLandmarks(taps);
}

/** Places of the dominators that become taps: what layers consume, and the output. */
function chooseTensors(
  dominators: readonly Dominator[],
  geometry: (place: number) => Geometry | undefined,
): readonly number[] {
  const last = stripClassScores(dominators);
  const chosen: number[] = [];
  let learned = false;
  for (let place = 1; place < last; place++) {
    learned ||= dominators[place]!.region.some((node) => isLayer(node) || isEmbedding(node.op));
    const next = dominators[place + 1]!.region;
    const selects = next.length === 1 && (next[0]!.op === 'Gather' || next[0]!.op === 'Slice');
    if (!learned || !(next.some(isLayer) || selects)) continue;
    const settled = settle(dominators, place, geometry);
    if (chosen.at(-1) !== settled) chosen.push(settled);
  }
  if (last > 0) chosen.push(last);
  return chosen;
}

/** Gather from a table is the first layer of a network that reads tokens. */
const isEmbedding = (op: string): boolean => op === 'Gather';

/** Goes back over Dropout, and over the flattening of a map with more than one position. */
function settle(
  dominators: readonly Dominator[],
  place: number,
  geometry: (place: number) => Geometry | undefined,
): number {
  let at = place;
  while (at > 1 && isRunOf(dominators[at]!, isSameValues)) at--;
  let map = at;
  while (map > 1 && isRunOf(dominators[map]!, isView)) map--;
  const [flat, full] = [geometry(at), geometry(map)];
  const flattened = flat?.shape.length === 1 && full?.pooling === 'spatial-mean' && !isVector(full);
  return flattened ? map : at;
}

/** The last dominator before softmax: the logits of a classifier. */
function stripClassScores(dominators: readonly Dominator[]): number {
  const last = dominators.length - 1;
  let place = last;
  let logits = last;
  while (place > 1) {
    const [node, ...more] = dominators[place]!.region;
    if (node === undefined || more.length > 0 || !(isClassScore(node) || isView(node))) break;
    place--;
    if (isClassScore(node)) logits = place;
  }
  return logits;
}

function isRunOf(dominator: Dominator, role: (node: Dominator['region'][number]) => boolean): boolean {
  return dominator.region.length === 1 && role(dominator.region[0]!);
}

const isVector = (shape: Geometry): boolean => shape.side === 1;

/**
 * Channels come first behind a convolution or pooling, until a Transpose or Reshape rearranges the map; then, and behind matrix products,
 * what comes next decides.
 */
function layoutAt(dominators: readonly Dominator[], place: number): 'channels-first' | 'channels-last' {
  const tells = ({ region }: Dominator): boolean => region.some((node) => isSpatial(node) || isLayer(node));
  const before = dominators
    .slice(1, place + 1)
    .findLast((dominator) => tells(dominator) || dominator.region.some(isRearranging));
  if (before?.region.some(isSpatial)) return 'channels-first';
  const after = dominators.slice(place + 1).find(tells);
  return (after ?? before)?.region.some(isLayer) && !(after ?? before)?.region.some(isSpatial)
    ? 'channels-last'
    : 'channels-first';
}

function sideOfInput(dims: readonly Dim[] | undefined): number | undefined {
  if (dims === undefined || dims.length < 3) return dims?.length === 2 ? 1 : undefined;
  const positions = dims.slice(1).filter((dim): dim is number => typeof dim === 'number' && dim > 4);
  return positions.length < 2 ? undefined : positions.slice(-2).reduce((product, dim) => product * dim, 1) ** 0.5;
}

/** The op that made a tensor's values, in small letters: what only changes the shape is looked through. */
function opOf(index: GraphIndex, tensor: string): string {
  let node = index.producer(tensor);
  for (let steps = 0; node !== undefined && isView(node) && steps < 100; steps++) {
    const before = index.producer(node.inputs[0] ?? '');
    if (before === undefined) break;
    node = before;
  }
  return (node?.op ?? 'input').toLowerCase();
}

/** Counts stages and the taps in them. */
class StageNamer {
  #reference: number | undefined;
  #stage = 0;
  #block = 0;

  constructor(inputSide: number | undefined) {
    this.#reference = inputSide;
  }

  name(side: number | undefined, op: string): { readonly id: string; readonly stage: number } {
    if (side !== undefined) {
      if (this.#reference !== undefined && side <= this.#reference * STAGE_DROP) {
        this.#stage++;
        this.#block = 0;
        this.#reference = side;
      }
      this.#reference ??= side;
    }
    this.#block++;
    return { id: `stage${this.#stage}.block${this.#block}/${op}`, stage: this.#stage };
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function runningSum(values: readonly number[]): readonly number[] {
  let total = 0;
  return values.map((value) => {
    total += value;
    return total;
  });
}
