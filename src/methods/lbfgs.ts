/** Sufficient decrease (Armijo). */
const ARMIJO = 1e-4;
/** Sums of float32 products are good to about 1e-7: a rise below this share of the value is rounding, not a rise. */
const ROUNDING = 1e-7;
const MOST_BACKTRACKS = 12;

/** What a minimiser waits for: the value and gradient at `point`, the preconditioned vectors, or nothing any more. */
export type Wants = 'evaluation' | 'preconditioning' | 'nothing';

export interface LbfgsOptions {
  /** Pairs of steps and gradient changes that are remembered. */
  readonly memory?: number;
  /** Stop when the predicted decrease of a full step is below this share of the value. */
  readonly tolerance?: number;
  readonly maxIterations?: number;
}

/**
 * L-BFGS (Nocedal 1980; Nocedal & Wright, algorithm 7.4) with a preconditioner, turned inside out: it asks, the caller
 * answers. So many problems can run in lockstep and share one pass over the data, each with its own line search.
 *
 *     wants 'evaluation'      → evaluated(value, gradient at `point`)
 *     wants 'preconditioning' → preconditioned(P⁻¹ · residual, P⁻¹ · change)
 */
export class Lbfgs {
  readonly #memory: number;
  readonly #tolerance: number;
  readonly #maxIterations: number;
  readonly #steps: Float64Array[] = [];
  readonly #changes: Float64Array[] = [];
  readonly #products: number[] = [];
  readonly #coefficients: number[] = [];
  #wants: Wants = 'evaluation';
  #base: Float64Array;
  #baseGradient: Float64Array;
  #baseValue = Number.POSITIVE_INFINITY;
  #direction: Float64Array;
  #slope = 0;
  #step = 0;
  #backtracks = 0;
  #iterations = 0;
  #started = false;
  /** Where the caller is to evaluate; after the end, the best point found. */
  point: Float64Array;
  /** What the caller is to precondition, beside `change`. */
  residual: Float64Array;

  constructor(start: Float64Array, options: LbfgsOptions = {}) {
    this.#memory = options.memory ?? 8;
    this.#tolerance = options.tolerance ?? 1e-5;
    this.#maxIterations = options.maxIterations ?? 500;
    this.point = start.slice();
    this.#base = start.slice();
    this.#baseGradient = new Float64Array(start.length);
    this.#direction = new Float64Array(start.length);
    this.residual = new Float64Array(start.length);
  }

  get wants(): Wants {
    return this.#wants;
  }

  /** The best value so far. */
  get value(): number {
    return this.#baseValue;
  }

  get iterations(): number {
    return this.#iterations;
  }

  /** The newest gradient change, whose preconditioned form scales the first guess of the inverse Hessian. */
  get change(): Float64Array | undefined {
    return this.#changes.at(-1);
  }

  /** Best point so far. */
  get best(): Float64Array {
    return this.#base;
  }

  evaluated(value: number, gradient: Float64Array): void {
    if (!this.#started) {
      this.#started = true;
      this.#baseValue = value;
      this.#baseGradient.set(gradient);
      this.#begin();
      return;
    }
    const rounding = ROUNDING * Math.abs(this.#baseValue);
    if (value <= this.#baseValue + ARMIJO * this.#step * this.#slope + rounding) {
      this.#accept(value, gradient);
      return;
    }
    this.#backtracks++;
    if (this.#backtracks > MOST_BACKTRACKS) {
      this.#restartOrStop();
      return;
    }
    // Minimum of the parabola through both values and the slope, kept within a tenth and a half of the step.
    const parabola = (-this.#slope * this.#step ** 2) / (2 * (value - this.#baseValue - this.#slope * this.#step));
    const shorter = Number.isFinite(parabola) ? parabola : 0;
    this.#step = Math.min(0.5 * this.#step, Math.max(0.1 * this.#step, shorter));
    this.#move();
  }

  preconditioned(residual: Float64Array, change: Float64Array | undefined): void {
    const direction = this.#direction;
    const newest = this.#changes.at(-1);
    let scale = 1;
    if (newest !== undefined && change !== undefined) {
      scale = this.#products.at(-1)! / Math.max(dot(newest, change), Number.MIN_VALUE);
    }
    for (let i = 0; i < direction.length; i++) direction[i] = -scale * residual[i]!;
    for (let k = 0; k < this.#steps.length; k++) {
      const beta = dot(this.#changes[k]!, direction) / this.#products[k]!;
      add(direction, this.#steps[k]!, -this.#coefficients[k]! - beta);
    }
    this.#slope = dot(direction, this.#baseGradient);
    if (!(this.#slope < 0) && this.#steps.length > 0) {
      this.#forget();
      this.#begin();
      return;
    }
    // For a Newton step, half the slope is the distance to the minimum.
    const predicted = -this.#slope / 2;
    if (!(predicted > this.#tolerance * Math.abs(this.#baseValue)) || this.#iterations >= this.#maxIterations) {
      this.#finish();
      return;
    }
    this.#step = 1;
    this.#backtracks = 0;
    this.#move();
  }

  #accept(value: number, gradient: Float64Array): void {
    const reuse = this.#steps.length === this.#memory;
    const step = (reuse ? this.#steps.shift() : undefined) ?? new Float64Array(gradient.length);
    const change = (reuse ? this.#changes.shift() : undefined) ?? new Float64Array(gradient.length);
    if (reuse) this.#products.shift();
    let product = 0;
    for (let i = 0; i < step.length; i++) {
      const s = this.point[i]! - this.#base[i]!;
      const y = gradient[i]! - this.#baseGradient[i]!;
      step[i] = s;
      change[i] = y;
      product += s * y;
    }
    if (product > 0) {
      this.#steps.push(step);
      this.#changes.push(change);
      this.#products.push(product);
    }
    this.#base.set(this.point);
    this.#baseGradient.set(gradient);
    this.#baseValue = value;
    this.#iterations++;
    this.#begin();
  }

  /** First half of the two-loop recursion; the preconditioner stands between the halves. */
  #begin(): void {
    const residual = this.residual;
    residual.set(this.#baseGradient);
    for (let k = this.#steps.length - 1; k >= 0; k--) {
      const alpha = dot(this.#steps[k]!, residual) / this.#products[k]!;
      this.#coefficients[k] = alpha;
      add(residual, this.#changes[k]!, -alpha);
    }
    this.#wants = 'preconditioning';
  }

  #move(): void {
    const { point } = this;
    for (let i = 0; i < point.length; i++) point[i] = this.#base[i]! + this.#step * this.#direction[i]!;
    this.#wants = 'evaluation';
  }

  #restartOrStop(): void {
    if (this.#steps.length === 0) {
      this.#finish();
      return;
    }
    this.#forget();
    this.#begin();
  }

  #forget(): void {
    this.#steps.length = 0;
    this.#changes.length = 0;
    this.#products.length = 0;
  }

  #finish(): void {
    this.point.set(this.#base);
    this.#wants = 'nothing';
  }
}

/** Σ aᵢ·bᵢ with four running sums, which hides the latency of the addition. */
function dot(a: Float64Array, b: Float64Array): number {
  const { length } = a;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (; i < length; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + (s2 + s3);
}

function add(to: Float64Array, from: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i] = to[i]! + factor * from[i]!;
}
