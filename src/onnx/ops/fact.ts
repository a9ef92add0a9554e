import { sizeOf } from '../../base/index.ts';
import type { Initializer } from '../ir.ts';
import { numbersOf, tensorOf } from '../tensor.ts';
import { type Fact, MAX_FOLDED } from './op.ts';

/** What is known of a stored tensor; its elements where there are few. */
export function factOf(initializer: Initializer): Fact {
  const { dtype, dims, data } = initializer;
  const follow = data.kind === 'bytes' && sizeOf(dims) <= MAX_FOLDED;
  if (!follow) return { dtype, shape: dims };
  // Integers beyond 2⁵³ mean 'to the end'; rounded they still do.
  return { dtype, shape: dims, value: Array.from(numbersOf(tensorOf(initializer))) };
}
