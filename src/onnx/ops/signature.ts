import type { Attribute } from '../ir.ts';
import { lookup } from '../records.ts';
import { SIGNATURES } from './signatures.ts';

export interface AttributeSignature {
  readonly kind: Attribute['kind'];
  readonly required: boolean;
}

/** What an operator takes and makes, as the standard says for one operator set. */
export interface Signature {
  readonly inputs: readonly [fewest: number, most: number];
  readonly outputs: readonly [fewest: number, most: number];
  readonly attributes: ReadonlyMap<string, AttributeSignature>;
}

const KINDS: Readonly<Record<string, Attribute['kind']>> = {
  f: 'float',
  i: 'int',
  s: 'string',
  t: 'tensor',
  g: 'graph',
  F: 'floats',
  I: 'ints',
  S: 'strings',
  G: 'graphs',
};

const parsed = new Map<string, Signature>();

/** An operator's signature in an operator set: `deprecated`, or undefined where the set has no such operator. */
export function signatureOf(op: string, opset: number): Signature | 'deprecated' | undefined {
  const versions = lookup(SIGNATURES, op);
  if (versions === undefined) return undefined;
  let since = 0;
  for (const version of Object.keys(versions)) if (Number(version) <= opset) since = Math.max(since, Number(version));
  const row = versions[since];
  if (row === undefined) return undefined;
  if (row === null) return 'deprecated';
  const key = `${op} ${since}`;
  let signature = parsed.get(key);
  if (signature === undefined) {
    const [fewestInputs, mostInputs, fewestOutputs, mostOutputs, attributes] = row;
    signature = {
      inputs: [fewestInputs, mostInputs],
      outputs: [fewestOutputs, mostOutputs],
      attributes: new Map(attributes.split(' ').filter(Boolean).map(parseAttribute)),
    };
    parsed.set(key, signature);
  }
  return signature;
}

function parseAttribute(text: string): [string, AttributeSignature] {
  const [name = '', kind = ''] = text.split(':');
  return [name, { kind: KINDS[kind[0] ?? ''] ?? 'opaque', required: kind.endsWith('!') }];
}
