/** Losses of linear classifiers, written out plainly in float64: what the solvers are held to. */
export type LossName = 'softmax' | 'squared-hinge' | 'hinge';

export interface Problem {
  /** [rows][cols] */
  readonly x: readonly Float64Array[];
  readonly labels: Int32Array;
  readonly classes: number;
  readonly weights?: Float32Array;
}

/** Rows of a matrix, each feature shifted and scaled to mean 0 and standard deviation 1 (weighted). */
export function standardise(
  data: Float32Array,
  cols: number,
  weights?: Float32Array,
): { x: Float64Array[]; mean: Float64Array; deviation: Float64Array } {
  const rows = data.length / cols;
  const weightOf = (i: number) => weights?.[i] ?? 1;
  let total = 0;
  const mean = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    total += weightOf(i);
    for (let j = 0; j < cols; j++) mean[j]! += weightOf(i) * data[i * cols + j]!;
  }
  for (let j = 0; j < cols; j++) mean[j]! /= total;
  const deviation = new Float64Array(cols);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < cols; j++) deviation[j]! += weightOf(i) * (data[i * cols + j]! - mean[j]!) ** 2;
  for (let j = 0; j < cols; j++) deviation[j] = Math.sqrt(deviation[j]! / total) || 1;
  const x = Array.from({ length: rows }, (_, i) =>
    Float64Array.from({ length: cols }, (_, j) => (data[i * cols + j]! - mean[j]!) / deviation[j]!),
  );
  return { x, mean, deviation };
}

/**
 * Σ sᵢ loss / Σ sᵢ + λ/2 ‖W‖² of weights [classes × (cols + 1)], intercept last, and its gradient (a subgradient for the hinge).
 */
export function objective(
  name: LossName,
  { x, labels, classes, weights }: Problem,
  w: Float64Array,
  penalty: number,
): { value: number; gradient: Float64Array } {
  const cols = x[0]!.length;
  const stride = cols + 1;
  const gradient = new Float64Array(w.length);
  const total = x.reduce((sum, _, i) => sum + (weights?.[i] ?? 1), 0);
  let value = 0;
  x.forEach((row, i) => {
    const share = (weights?.[i] ?? 1) / total;
    const z = Float64Array.from({ length: classes }, (_, c) =>
      row.reduce((sum, v, j) => sum + v * w[c * stride + j]!, w[c * stride + cols]!),
    );
    const slopes = lossOf(name, z, labels[i]!);
    value += share * slopes.value;
    for (let c = 0; c < classes; c++) {
      const slope = share * slopes.slopes[c]!;
      if (slope === 0) continue;
      for (let j = 0; j < cols; j++) gradient[c * stride + j]! += slope * row[j]!;
      gradient[c * stride + cols]! += slope;
    }
  });
  for (let c = 0; c < classes; c++) {
    for (let j = 0; j < cols; j++) {
      value += (penalty / 2) * w[c * stride + j]! ** 2;
      gradient[c * stride + j]! += penalty * w[c * stride + j]!;
    }
  }
  return { value, gradient };
}

function lossOf(name: LossName, z: Float64Array, label: number): { value: number; slopes: Float64Array } {
  if (name === 'softmax') {
    const highest = Math.max(...z);
    const sum = z.reduce((s, v) => s + Math.exp(v - highest), 0);
    return {
      value: Math.log(sum) + highest - z[label]!,
      slopes: z.map((v, c) => Math.exp(v - highest) / sum - (c === label ? 1 : 0)),
    };
  }
  let value = 0;
  const slopes = z.map((v, c) => {
    const sign = c === label ? 1 : -1;
    const slack = Math.max(0, 1 - sign * v);
    value += name === 'hinge' ? slack : slack * slack;
    if (slack === 0) return 0;
    return name === 'hinge' ? -sign : -2 * sign * slack;
  });
  return { value, slopes };
}

/** The least value that plain (sub)gradient descent with a falling step finds in many steps. */
export function descend(name: LossName, problem: Problem, penalty: number, steps: number): number {
  const w = new Float64Array(problem.classes * (problem.x[0]!.length + 1));
  const velocity = new Float64Array(w.length);
  let best = Number.POSITIVE_INFINITY;
  for (let step = 0; step < steps; step++) {
    const { value, gradient } = objective(name, problem, w, penalty);
    best = Math.min(best, value);
    const rate = name === 'hinge' ? 0.3 / (1 + step * penalty * 0.3) : 0.03;
    for (let k = 0; k < w.length; k++) {
      velocity[k] = (name === 'hinge' ? 0 : 0.95) * velocity[k]! - rate * gradient[k]!;
      w[k]! += velocity[k]!;
    }
  }
  return best;
}
