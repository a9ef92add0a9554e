import { stringAttribute } from '../attributes.ts';
import type { Dim } from '../ir.ts';
import { broadcast, type Call, type Fact, input, type Operators, sizeForOne } from './op.ts';

interface Subscripts {
  readonly output: string;
  /** Dimension of each letter. */
  readonly sizes: ReadonlyMap<string, Dim>;
  /** What the ellipsis stands for. */
  readonly batch: readonly Dim[];
}

function subscriptsOf(call: Call): Subscripts | undefined {
  const [left = '', right] = stringAttribute(call.node, 'equation', '').replaceAll(' ', '').split('->');
  const terms = left.split(',');
  const sizes = new Map<string, Dim>();
  let batch: readonly Dim[] = [];
  for (const [index, term] of terms.entries()) {
    const shape = input(call, index).shape;
    if (shape === undefined) return undefined;
    const [before = '', after = ''] = term.split('...');
    const letters = [...before, ...after];
    if (letters.length > shape.length) return undefined;
    batch = broadcast(batch, shape.slice(before.length, shape.length - after.length)) ?? batch;
    const own = [...shape.slice(0, before.length), ...shape.slice(shape.length - after.length)];
    for (const [axis, letter] of letters.entries()) {
      const known = sizes.get(letter);
      if (typeof known !== 'number' || known === 1) sizes.set(letter, own[axis] ?? null);
    }
  }
  return { output: right ?? implicit(terms), sizes, batch };
}

/** Without an arrow: the ellipsis, then letters that occur once, in alphabetical order. */
function implicit(terms: readonly string[]): string {
  const letters = terms.join('').replaceAll('.', '');
  const once = [...letters].filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter));
  return (terms.some((term) => term.includes('...')) ? '...' : '') + once.sort().join('');
}

function infer(call: Call): readonly Fact[] {
  const { dtype } = input(call, 0);
  const subscripts = subscriptsOf(call);
  if (subscripts === undefined) return [{ dtype, shape: undefined }];
  const { output, sizes, batch } = subscripts;
  const [before = '', after] = output.split('...');
  const dims = (letters: string): Dim[] => [...letters].map((letter) => sizes.get(letter) ?? null);
  return [{ dtype, shape: after === undefined ? dims(before) : [...dims(before), ...batch, ...dims(after)] }];
}

/** One product for every combination of subscripts, where two operands or more meet. */
function macs(call: Call): number | undefined {
  const subscripts = subscriptsOf(call);
  if (subscripts === undefined || call.inputs.length < 2) return undefined;
  return sizeForOne([...subscripts.sizes.values(), ...subscripts.batch]);
}

/** Einstein summation. */
export const einsum: Operators = { Einsum: { infer, macs } };
