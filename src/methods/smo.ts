/**
 * A problem counts as solved where its primal and dual objective differ by less than this share: the optimum lies between them. A bound
 * on the violation of the optimality conditions, as LIBSVM has it, promises nothing of the kind: at its 1e-3 separable problems of
 * more columns than rows end up to 8e-2 above the optimum.
 */
const EXACT = 2e-5;
/** Enough to tell settings apart: out-of-fold accuracies on image codes are those of the exact solution. */
export const ROUGH = 1e-3;
/** Steps between two looks at the objectives, which cost about as much as one step. */
const LOOK_EVERY = 40;
/** Where no pair violates the conditions by more than this there is nothing left to do in float64. */
const SETTLED = 1e-9;
/** Least curvature along a pair: two equal rows have none. */
const FLATTEST = 1e-12;
/** Steps a problem may take for each of its rows; well-posed ones take two or three. */
const STEPS_A_ROW = 200;

/** An SVM of one class against the rest, in the dual, on a precomputed Gram matrix. */
export class DualSvm {
  readonly #gram: Float32Array;
  readonly #signs: Float64Array;
  readonly #rows: number;
  /** [rows] dual variables. */
  readonly alpha: Float64Array;
  /** [rows] Σⱼ αⱼ yⱼ K(i, j): the margin without the intercept, also of rows that are not trained on. */
  readonly margin: Float64Array;
  intercept = 0;
  #scale = 0;
  #squared = false;
  #costs: Float64Array;
  #limit: Float64Array;
  /** [rows] addition to the diagonal of the Gram matrix. */
  #bend: Float64Array;
  /** [rows] the diagonal with the addition. */
  readonly #diagonal: Float64Array;
  /** [rows] yᵢ − margin − bend: minus the signed gradient of the dual. */
  readonly #slack: Float64Array;
  /** [rows] 1 where yᵢαᵢ may grow, and where it may fall. */
  readonly #mayGrow: Uint8Array;
  readonly #mayFall: Uint8Array;

  /**
   * @param gram [rows × rows] inner products of all rows
   * @param signs [rows] +1 for the class, −1 for the rest
   */
  constructor(gram: Float32Array, signs: Float64Array) {
    const rows = signs.length;
    this.#gram = gram;
    this.#signs = signs;
    this.#rows = rows;
    this.alpha = new Float64Array(rows);
    this.margin = new Float64Array(rows);
    this.#costs = new Float64Array(rows);
    this.#limit = new Float64Array(rows);
    this.#bend = new Float64Array(rows);
    this.#diagonal = new Float64Array(rows);
    this.#slack = new Float64Array(rows);
    this.#mayGrow = new Uint8Array(rows);
    this.#mayFall = new Uint8Array(rows);
  }

  /**
   * Minimises ½‖w‖² + Σ costᵢ · loss(1 − yᵢ(w·xᵢ + b)), b unpenalised, by sequential minimal optimisation with second-order
   * working sets (Fan, Chen and Lin, JMLR 6, 2005). The hinge max(0, s) bounds αᵢ by its cost; its square max(0, s)² adds
   * 1 / (2 costᵢ) to the diagonal of the Gram matrix instead. Starts from the last solution.
   *
   * @param costs [rows] 0 for rows that are not trained on
   * @param scale what all costs have in common: α moves about in proportion to it
   * @param gap share of the objective that primal and dual may differ by at the end
   */
  solve(costs: Float64Array, loss: 'hinge' | 'squared-hinge', scale: number, gap: number = EXACT): void {
    this.#costs = costs;
    this.#squared = loss === 'squared-hinge';
    const squared = this.#squared;
    this.#limit = squared ? costs.map((cost) => (cost > 0 ? Number.POSITIVE_INFINITY : 0)) : costs;
    this.#bend = squared ? costs.map((cost) => (cost > 0 ? 1 / (2 * cost) : 0)) : new Float64Array(this.#rows);
    const factor = this.#scale === 0 ? 0 : scale / this.#scale;
    this.#scale = scale;
    for (let t = 0; t < this.#rows; t++) this.#place(t, factor);
    const most = STEPS_A_ROW * this.#rows;
    let up = this.#move(0, 0, 0);
    for (let step = 1; step <= most && up >= 0; step++) {
      up = this.#step(up);
      if (step % LOOK_EVERY === 0 && this.#gap() <= gap) break;
    }
    for (let t = 0; t < this.#rows; t++) this.margin[t] = this.#marginOf(t);
  }

  #marginOf(t: number): number {
    return this.#signs[t]! * (1 - this.alpha[t]! * this.#bend[t]!) - this.#slack[t]!;
  }

  /** (primal − dual) / primal at this point: the primal at w = Σ αᵢyᵢxᵢ and the present intercept, so never too small. */
  #gap(): number {
    let norm = 0;
    let loss = 0;
    let linear = 0;
    let bent = 0;
    for (let t = 0; t < this.#rows; t++) {
      const cost = this.#costs[t]!;
      if (cost === 0) continue;
      const alpha = this.alpha[t]!;
      const sign = this.#signs[t]!;
      const margin = this.#marginOf(t);
      const short = Math.max(0, 1 - sign * (margin + this.intercept));
      loss += cost * (this.#squared ? short * short : short);
      norm += alpha * sign * margin;
      linear += alpha;
      bent += alpha * alpha * this.#bend[t]!;
    }
    const primal = norm / 2 + loss;
    return primal > 0 ? (primal - linear + (norm + bent) / 2) / primal : 0;
  }

  /** Moves one variable to where the new costs may have it, and sets up what the steps keep. */
  #place(t: number, factor: number): void {
    const sign = this.#signs[t]!;
    const alpha = Math.min(this.#limit[t]!, this.alpha[t]! * factor);
    this.alpha[t] = alpha;
    this.#slack[t] = sign * (1 - alpha * this.#bend[t]!) - this.margin[t]! * factor;
    this.#diagonal[t] = this.#gram[t * this.#rows + t]! + this.#bend[t]!;
    this.#flag(t);
  }

  #flag(t: number): void {
    const alpha = this.alpha[t]!;
    const below = alpha < this.#limit[t]! ? 1 : 0;
    const above = alpha > 0 ? 1 : 0;
    this.#mayGrow[t] = this.#signs[t]! > 0 ? below : above;
    this.#mayFall[t] = this.#signs[t]! > 0 ? above : below;
  }

  /** Improves a pair of variables; returns the next that violates the conditions most, −1 at the end. */
  #step(up: number): number {
    const rows = this.#rows;
    const slack = this.#slack;
    const mayFall = this.#mayFall;
    const diagonal = this.#diagonal;
    const row = this.#gram.subarray(up * rows, (up + 1) * rows);
    const highest = slack[up]!;
    const own = diagonal[up]!;
    let down = -1;
    let most = 0;
    let length = 0;
    for (let t = 0; t < rows; t++) {
      const gap = highest - slack[t]!;
      if (gap <= 0 || mayFall[t] === 0) continue;
      const curve = Math.max(own + diagonal[t]! - 2 * row[t]!, FLATTEST);
      const gain = (gap * gap) / curve;
      if (gain > most) {
        most = gain;
        down = t;
        length = gap / curve;
      }
    }
    if (down < 0) return -1;
    // Along the pair, y·α of `up` grows by the length and that of `down` falls by it, so that Σ yα stays 0.
    const { alpha } = this;
    const limit = this.#limit;
    const signs = this.#signs;
    length = Math.min(
      length,
      room(alpha[up]!, limit[up]!, signs[up]!),
      room(alpha[down]!, limit[down]!, -signs[down]!),
    );
    alpha[up] = within(alpha[up]! + signs[up]! * length, limit[up]!);
    alpha[down] = within(alpha[down]! - signs[down]! * length, limit[down]!);
    this.#flag(up);
    this.#flag(down);
    slack[up] = slack[up]! - length * this.#bend[up]!;
    slack[down] = slack[down]! + length * this.#bend[down]!;
    return this.#move(up, down, length);
  }

  /** Takes a step's change into all slacks, and finds the variable that violates the conditions most; −1 at the optimum. */
  #move(up: number, down: number, length: number): number {
    const rows = this.#rows;
    const slack = this.#slack;
    const mayGrow = this.#mayGrow;
    const mayFall = this.#mayFall;
    const upRow = this.#gram.subarray(up * rows, (up + 1) * rows);
    const downRow = this.#gram.subarray(down * rows, (down + 1) * rows);
    let next = -1;
    let highest = Number.NEGATIVE_INFINITY;
    let lowest = Number.POSITIVE_INFINITY;
    for (let t = 0; t < rows; t++) {
      const value = slack[t]! - length * (upRow[t]! - downRow[t]!);
      slack[t] = value;
      if (value > highest && mayGrow[t] === 1) {
        highest = value;
        next = t;
      }
      if (value < lowest && mayFall[t] === 1) lowest = value;
    }
    const bounded = next >= 0 && lowest < Number.POSITIVE_INFINITY;
    // All rows of one sign leave one side open: ±1, the least intercept that answers them all.
    this.intercept = bounded ? (highest + lowest) / 2 : next >= 0 ? highest : Number.isFinite(lowest) ? lowest : 0;
    return bounded && highest - lowest >= SETTLED ? next : -1;
  }
}

function room(alpha: number, limit: number, direction: number): number {
  return direction > 0 ? limit - alpha : alpha;
}

function within(alpha: number, limit: number): number {
  return alpha < 0 ? 0 : alpha > limit ? limit : alpha;
}
