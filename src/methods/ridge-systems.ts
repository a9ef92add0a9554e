import { InputError, type RowBlocks } from '../base/index.ts';
import type { CodeTable, Folds } from './method.ts';
import type { Products } from './products.ts';
import { rowsByFold } from './rows-by-fold.ts';
import { type FoldMoments, relativeScale } from './standardise.ts';

/**
 * One ridge regression in closed form: all penalties share it. With x̃ = √s(x − x̄)/σ and ỹ = √s(y − ȳ), weighted means x̄
 * and ȳ, the intercept drops out, and the weights are (X̃ᵀX̃ + αI)⁻¹X̃ᵀỹ = X̃ᵀ(X̃X̃ᵀ + αI)⁻¹ỹ. The smaller matrix is built.
 */
export interface RidgeSystem {
  /** Σ s of the training rows. */
  readonly weight: number;
  readonly size: number;
  /** X̃ᵀX̃ [D × D], or X̃X̃ᵀ [n × n]; the lower triangle is what counts. */
  readonly matrix: Float64Array;
  /** What (matrix + αI)⁻¹ is multiplied by, [classes × size]. */
  readonly rightSides: Float64Array;
  /** Weighted mean of the training rows, in units of the shared codes. */
  readonly mean: Float64Array;
  /** Weighted mean of the ±1 targets, one a class. */
  readonly targetMean: Float64Array;
}

/** The systems of all folds: the system at `f` trains on the rows outside fold f; without folds, one on all rows. */
export interface RidgeSystems {
  readonly dual: boolean;
  readonly systems: readonly RidgeSystem[];
  /** Weights by shared codes, [outputs × D], of solutions [outputs × size], for every system. */
  weights(solutions: readonly Float64Array[], outputs: number): Promise<readonly Float32Array[]>;
}

/**
 * Sums the systems in float64, each with the mean and the standard deviation of its own training rows.
 *
 * @param codes standardised with the moments of all rows
 * @throws InputError where the training rows of a fold weigh nothing
 */
export async function ridgeSystems(
  codes: RowBlocks,
  table: CodeTable,
  folds: Folds | undefined,
  moments: FoldMoments,
  products: Products,
): Promise<RidgeSystems> {
  const scales = (folds === undefined ? [moments.all] : moments.training).map((own) => relativeScale(own, moments.all));
  const build = codes.cols <= codes.rows ? primalSystems : dualSystems;
  return build(codes, table, folds, scales, products);
}

async function primalSystems(
  codes: RowBlocks,
  table: CodeTable,
  folds: Folds | undefined,
  scales: readonly Float64Array[],
  products: Products,
): Promise<RidgeSystems> {
  const { cols } = codes;
  const { classes } = table;
  const parts = scales.map(() => new Sums(classes, cols));
  for (const { fold, rows, data } of rowsByFold(codes, folds?.fold, parts.length)) {
    const part = parts[fold]!;
    const weighted = new Float64Array(data.length);
    for (const [i, row] of rows.entries()) {
      const weight = table.weights?.[row] ?? 1;
      part.addRow(data, i * cols, table.labels[row]!, weight);
      const root = Math.sqrt(weight);
      for (let j = i * cols; j < (i + 1) * cols; j++) weighted[j] = root * data[j]!;
    }
    const shape = { rows: cols, inner: rows.length, cols };
    part.addGram(await products.float64(weighted, weighted, shape, { a: true }));
  }
  let total = parts[0]!;
  if (folds !== undefined) {
    total = new Sums(classes, cols);
    for (const part of parts) total.include(part);
  }
  const systems = parts.map((part, f) => {
    if (folds !== undefined) part.subtractFrom(total);
    return part.system(scales[f]!);
  });
  return {
    dual: false,
    systems,
    async weights(solutions) {
      return solutions.map((solution, f) => {
        const result = new Float32Array(solution);
        for (let i = 0; i < result.length; i++) result[i] = solution[i]! / scales[f]![i % cols]!;
        return result;
      });
    },
  };
}

/** What a primal system is made of; sums over disjoint rows add up. */
class Sums {
  readonly #classes: number;
  readonly #cols: number;
  readonly #gram: Float64Array;
  /** Σ s·x of each class. */
  readonly #sums: Float64Array;
  readonly #weights: Float64Array;

  constructor(classes: number, cols: number) {
    this.#classes = classes;
    this.#cols = cols;
    this.#gram = new Float64Array(cols * cols);
    this.#sums = new Float64Array(classes * cols);
    this.#weights = new Float64Array(classes);
  }

  addRow(data: Float32Array, at: number, label: number, weight: number): void {
    const to = label * this.#cols;
    for (let j = 0; j < this.#cols; j++) this.#sums[to + j] = this.#sums[to + j]! + weight * data[at + j]!;
    this.#weights[label] = this.#weights[label]! + weight;
  }

  addGram(part: Float64Array): void {
    addTo(this.#gram, part, 1);
  }

  include(other: Sums): void {
    addTo(this.#gram, other.#gram, 1);
    addTo(this.#sums, other.#sums, 1);
    addTo(this.#weights, other.#weights, 1);
  }

  /** Becomes what the total has besides. */
  subtractFrom(total: Sums): void {
    addTo(this.#gram, total.#gram, -1);
    addTo(this.#sums, total.#sums, -1);
    addTo(this.#weights, total.#weights, -1);
  }

  /** Centres and scales in place: Σ s(x − x̄)(x − x̄)ᵀ = Σ s·xxᵀ − S·x̄x̄ᵀ. */
  system(scale: Float64Array): RidgeSystem {
    const cols = this.#cols;
    const classes = this.#classes;
    const weight = requireWeight(this.#weights);
    const mean = new Float64Array(cols);
    for (let i = 0; i < this.#sums.length; i++) mean[i % cols] = mean[i % cols]! + this.#sums[i]! / weight;
    const matrix = this.#gram;
    for (let i = 0; i < cols; i++) {
      const centre = weight * mean[i]!;
      const inverse = 1 / scale[i]!;
      const at = i * cols;
      for (let j = 0; j <= i; j++) matrix[at + j] = ((matrix[at + j]! - centre * mean[j]!) / scale[j]!) * inverse;
    }
    // ±1 targets are 2·[own class] − 1, and the constant falls to the centring.
    const rightSides = new Float64Array(classes * cols);
    for (let c = 0; c < classes; c++) {
      for (let j = 0; j < cols; j++) {
        const at = c * cols + j;
        rightSides[at] = (2 * (this.#sums[at]! - this.#weights[c]! * mean[j]!)) / scale[j]!;
      }
    }
    const targetMean = this.#weights.map((own) => (2 * own) / weight - 1);
    return { weight, size: cols, matrix, rightSides, mean, targetMean };
  }
}

async function dualSystems(
  codes: RowBlocks,
  table: CodeTable,
  folds: Folds | undefined,
  scales: readonly Float64Array[],
  products: Products,
): Promise<RidgeSystems> {
  const { cols } = codes;
  const { classes, labels, weights } = table;
  const shared = inMemory(codes);
  const training = scales.map((_, f) => {
    const rows = Array.from({ length: codes.rows }, (_, row) => row);
    return folds === undefined ? rows : rows.filter((row) => folds.fold[row] !== f);
  });
  const systems: RidgeSystem[] = [];
  for (const [f, rows] of training.entries()) {
    const scale = scales[f]!;
    const size = rows.length;
    const classWeights = new Float64Array(classes);
    const mean = new Float64Array(cols);
    for (const row of rows) {
      const weight = weights?.[row] ?? 1;
      classWeights[labels[row]!] = classWeights[labels[row]!]! + weight;
      for (let j = 0; j < cols; j++) mean[j] = mean[j]! + weight * shared[row * cols + j]!;
    }
    const weight = requireWeight(classWeights);
    for (let j = 0; j < cols; j++) mean[j] = mean[j]! / weight;
    const targetMean = classWeights.map((own) => (2 * own) / weight - 1);
    const centred = new Float64Array(size * cols);
    const rightSides = new Float64Array(classes * size);
    for (const [i, row] of rows.entries()) {
      const root = Math.sqrt(weights?.[row] ?? 1);
      for (let j = 0; j < cols; j++) {
        centred[i * cols + j] = (root * (shared[row * cols + j]! - mean[j]!)) / scale[j]!;
      }
      for (let c = 0; c < classes; c++) {
        rightSides[c * size + i] = root * ((labels[row] === c ? 1 : -1) - targetMean[c]!);
      }
    }
    const matrix = await products.float64(centred, centred, { rows: size, inner: cols, cols: size }, { b: true });
    systems.push({ weight, size, matrix, rightSides, mean, targetMean });
  }
  return {
    dual: true,
    systems,
    // Σ √s·a = 0 for every solution a, as right sides and matrix are centred, so the mean need not be taken off again.
    async weights(solutions, outputs) {
      const result: Float32Array[] = [];
      for (const [f, rows] of training.entries()) {
        const spread = new Float32Array(outputs * codes.rows);
        for (const [i, row] of rows.entries()) {
          const root = Math.sqrt(weights?.[row] ?? 1);
          for (let k = 0; k < outputs; k++) spread[k * codes.rows + row] = root * solutions[f]![k * rows.length + i]!;
        }
        const product = await products.float32(spread, shared, { rows: outputs, inner: codes.rows, cols });
        // Once for x̃ and once for the way back to shared codes.
        result.push(product.map((value, index) => value / scales[f]![index % cols]! ** 2));
      }
      return result;
    },
  };
}

/** b = ȳ − W x̄, for weights [outputs × D]; outputs go round the classes. */
export function interceptsOf({ mean, targetMean }: RidgeSystem, weights: Float32Array): Float64Array {
  const cols = mean.length;
  return Float64Array.from({ length: weights.length / cols }, (_, k) => {
    let intercept = targetMean[k % targetMean.length]!;
    for (let j = 0; j < cols; j++) intercept -= weights[k * cols + j]! * mean[j]!;
    return intercept;
  });
}

function inMemory(codes: RowBlocks): Float32Array {
  const blocks = [...codes.blocks()];
  if (blocks.length === 1) return blocks[0]!.data;
  const data = new Float32Array(codes.rows * codes.cols);
  let at = 0;
  for (const block of codes.blocks()) {
    data.set(block.data, at);
    at += block.data.length;
  }
  return data;
}

function requireWeight(classWeights: Float64Array): number {
  let weight = 0;
  for (const own of classWeights) weight += own;
  if (weight > 0) return weight;
  throw new InputError('Cannot fit ridge regression: the examples to train on weigh nothing', {
    fix: 'Give examples of more than one fold a weight above 0',
  });
}

/** to = sign·to + other. */
function addTo(to: Float64Array, other: Float64Array, sign: number): void {
  for (let i = 0; i < to.length; i++) to[i] = sign * to[i]! + other[i]!;
}
