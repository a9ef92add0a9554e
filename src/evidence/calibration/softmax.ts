import { UsageError } from '../../base/index.ts';

/**
 * Probabilities [N × C] of logits [N × C] at a temperature: softmax(logits / T), each row summing to one.
 *
 * @example
 * softmax(Float32Array.of(2, 0), 2); // 0.881, 0.119
 */
export function softmax(logits: Float32Array, classes: number, temperature = 1): Float32Array {
  if (!(temperature > 0)) throw new UsageError(`Cannot apply the temperature ${temperature}: it is above 0`);
  if (!(classes > 0) || logits.length % classes !== 0) {
    throw new UsageError(`Cannot divide ${logits.length} logits into rows of ${classes} classes`);
  }
  const probabilities = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) largest = Math.max(largest, logits[start + c]!);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp((logits[start + c]! - largest) / temperature);
    for (let c = 0; c < classes; c++) {
      probabilities[start + c] = Math.exp((logits[start + c]! - largest) / temperature) / sum;
    }
  }
  return probabilities;
}
