import type { Spectrum } from './spectrum.ts';

/** Below this the loss is flat and only the penalty bends the objective. */
const FLATTEST = 1e-6;

/**
 * An approximate inverse Hessian of a regularised linear problem: (c·XᵀX/n + λI)⁻¹ with c the mean curvature of the loss,
 * exact along the leading eigenvectors and by their mean value across the rest (after Frangella, Tropp & Udell 2021).
 *
 * P⁻¹q = a·q + Uᵀ (d ∘ Uq),  a = 1/(c·tail + λ),  d = 1/(c·μ + λ) − a
 */
export class Preconditioner {
  readonly across: number;
  readonly intercept: number;
  readonly #along: Float64Array;

  constructor(spectrum: Spectrum, curvature: number, penalty: number) {
    const c = Math.max(curvature, FLATTEST);
    this.across = 1 / (c * spectrum.tail + penalty);
    this.intercept = 1 / c;
    this.#along = spectrum.values.map((value) => 1 / (c * value + penalty) - this.across);
  }

  /** Multiplies coordinates along the eigenvectors, in place, from `at` on. */
  scaleAlong(coordinates: Float32Array, at: number): void {
    for (let k = 0; k < this.#along.length; k++) coordinates[at + k] = coordinates[at + k]! * this.#along[k]!;
  }
}
