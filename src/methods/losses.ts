/**
 * A loss on the logits of one problem: all classes for softmax and squares, one (a class against the rest) for the margin
 * losses.
 */
export interface Loss {
  /** Logits that belong to one problem. */
  width(classes: number): number;
  /**
   * The loss of one example, times its weight. Writes its derivative by each logit, times the weight, into `gradient`.
   *
   * @param at where the problem's logits start, in `logits` and in `gradient`
   * @param target the class (softmax, squares); for the margin losses 1 where the example is of the class, else 0
   */
  row(logits: Float32Array, at: number, width: number, target: number, weight: number, gradient: Float32Array): number;
  /** Mean second derivative by a logit, times the weight, read off the gradient just written. */
  curvature(gradient: Float32Array, at: number, width: number, target: number, weight: number): number;
}

/** −log softmax(z)[target]. Gradient: p − onehot. */
export const softmaxLoss: Loss = {
  width: (classes) => classes,
  row(logits, at, width, target, weight, gradient) {
    const end = at + width;
    const own = at + target;
    let highest = logits[at]!;
    for (let c = at + 1; c < end; c++) if (logits[c]! > highest) highest = logits[c]!;
    let others = 0;
    for (let c = at; c < end; c++) {
      const e = Math.exp(logits[c]! - highest);
      gradient[c] = e;
      if (c !== own) others += e;
    }
    const sum = others + Math.exp(logits[own]! - highest);
    const scale = weight / sum;
    for (let c = at; c < end; c++) gradient[c] = gradient[c]! * scale;
    // p − 1 of the own class is written as minus the others: a difference would cancel where p is near 1.
    gradient[own] = -others * scale;
    return weight * (logits[own]! === highest ? Math.log1p(others) : Math.log(sum) + highest - logits[own]!);
  },
  curvature(gradient, at, width, target, weight) {
    let squares = (1 + gradient[at + target]! / weight) ** 2;
    for (let c = 0; c < width; c++) if (c !== target) squares += (gradient[at + c]! / weight) ** 2;
    return (weight * Math.max(0, 1 - squares)) / width;
  },
};

/** max(0, 1 − y·z)², y = ±1: the loss of liblinear's default SVM. Gradient: −2y·max(0, 1 − y·z). */
export const squaredHingeLoss: Loss = {
  width: () => 1,
  row(logits, at, _width, target, weight, gradient) {
    const sign = target === 1 ? 1 : -1;
    const slack = 1 - sign * logits[at]!;
    if (slack <= 0) {
      gradient[at] = 0;
      return 0;
    }
    gradient[at] = -2 * weight * sign * slack;
    return weight * slack * slack;
  },
  curvature: (gradient, at, _width, _target, weight) => (gradient[at] === 0 ? 0 : 2 * weight),
};

/** Σ (z − t)² with t = +1 for the own class and −1 for the others: ridge regression. Gradient: 2(z − t). */
export const squaredLoss: Loss = {
  width: (classes) => classes,
  row(logits, at, width, target, weight, gradient) {
    let loss = 0;
    for (let c = 0; c < width; c++) {
      const error = logits[at + c]! - (c === target ? 1 : -1);
      gradient[at + c] = 2 * weight * error;
      loss += error * error;
    }
    return weight * loss;
  },
  curvature: (_gradient, _at, _width, _target, weight) => 2 * weight,
};
