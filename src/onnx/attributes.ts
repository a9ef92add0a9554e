import { type DType, GraftError, type Tensor } from '../base/index.ts';
import { dtypeCode } from './dtypes.ts';
import type { Attribute, Graph, Initializer, Node } from './ir.ts';
import { restored } from './opaque.ts';
import { signatureOf } from './ops/signature.ts';
import { AttributeProtoSchema } from './proto/onnx_pb.ts';
import { lookup } from './records.ts';
import { clampToSafe } from './safe-integer.ts';
import { initializerOf } from './tensor.ts';

/**
 * An attribute as plain JavaScript. A number becomes a float or an integer as the operator's signature says; where there
 * is none (an operator of another domain), say which: `float(1)`, `int(1)`. `to: 'float16'` and its like name a type.
 */
export type AttributeValue =
  | number
  | boolean
  | string
  | readonly number[]
  | readonly string[]
  | Tensor
  | Graph
  | Attribute;

/** An attribute that is a float whatever the signature says. */
export function float(value: number): Attribute {
  return { kind: 'float', value };
}

/** An attribute that is an integer whatever the signature says. */
export function int(value: number): Attribute {
  return { kind: 'int', value };
}

/** Attributes as the IR has them, from plain values. Errors: a value that does not fit the operator's signature. */
export function attributesOf(
  op: string,
  domain: string,
  opset: number,
  values: Readonly<Record<string, AttributeValue | undefined>>,
): Record<string, Attribute> {
  const signature = domain === '' ? signatureOf(op, opset) : undefined;
  const attributes: Record<string, Attribute> = Object.create(null);
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const expected = typeof signature === 'object' ? signature.attributes.get(name)?.kind : undefined;
    const attribute = convert(value, expected);
    if (attribute === undefined) {
      const needed =
        expected === undefined ? 'say float(…) or int(…), or give { kind, value }' : `it takes ${expected}`;
      throw new GraftError(`Cannot set attribute '${name}' of ${op} to ${JSON.stringify(value)}: ${needed}`);
    }
    attributes[name] = attribute;
  }
  return attributes;
}

/** Element types by name, where an integer attribute holds one (Cast's `to`). */
function convert(value: AttributeValue, expected: Attribute['kind'] | undefined): Attribute | undefined {
  if (typeof value === 'number') {
    if (expected === 'float') return float(value);
    return expected === 'int' && Number.isSafeInteger(value) ? int(value) : undefined;
  }
  if (typeof value === 'boolean') return expected === 'int' || expected === undefined ? int(value ? 1 : 0) : undefined;
  if (typeof value === 'string') {
    if (expected === 'int') return isDType(value) ? int(dtypeCode(value)) : undefined;
    return expected === 'string' || expected === undefined ? { kind: 'string', value } : undefined;
  }
  if (isList(value)) return convertList(value, expected);
  if ('kind' in value)
    return value.kind === expected || expected === undefined || value.kind === 'opaque' ? value : undefined;
  if ('nodes' in value) return { kind: 'graph', value };
  return { kind: 'tensor', value: initializerOf(value) };
}

function convertList(
  value: readonly number[] | readonly string[],
  expected: Attribute['kind'] | undefined,
): Attribute | undefined {
  const numbers = value.filter((item) => typeof item === 'number');
  const strings = value.filter((item) => typeof item === 'string');
  if (expected === 'floats' && strings.length === 0) return { kind: 'floats', value: numbers };
  if (expected === 'ints' && numbers.length === value.length && numbers.every(Number.isSafeInteger))
    return { kind: 'ints', value: numbers };
  const asStrings = expected === 'strings' || (expected === undefined && strings.length > 0);
  return asStrings && numbers.length === 0 ? { kind: 'strings', value: strings } : undefined;
}

function isList(value: AttributeValue): value is readonly number[] | readonly string[] {
  return Array.isArray(value);
}

const DTYPES: readonly string[] = [
  'float32',
  'float64',
  'float16',
  'bfloat16',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
  'string',
] satisfies DType[];

function isDType(text: string): text is DType {
  return DTYPES.includes(text);
}

/** A node's integer attribute, or the default. */
export function intAttribute(node: Node, name: string, otherwise: number): number;
export function intAttribute(node: Node, name: string): number | undefined;
export function intAttribute(node: Node, name: string, otherwise?: number): number | undefined {
  const attribute = lookup(node.attributes, name);
  return attribute?.kind === 'int' ? attribute.value : otherwise;
}

/** A node's float attribute, or the default. */
export function floatAttribute(node: Node, name: string, otherwise: number): number;
export function floatAttribute(node: Node, name: string): number | undefined;
export function floatAttribute(node: Node, name: string, otherwise?: number): number | undefined {
  const attribute = lookup(node.attributes, name);
  return attribute?.kind === 'float' ? attribute.value : otherwise;
}

/** A node's string attribute, or the default. */
export function stringAttribute(node: Node, name: string, otherwise: string): string;
export function stringAttribute(node: Node, name: string): string | undefined;
export function stringAttribute(node: Node, name: string, otherwise?: string): string | undefined {
  const attribute = lookup(node.attributes, name);
  return attribute?.kind === 'string' ? attribute.value : otherwise;
}

/** A node's list of integers; those beyond 2⁵³, which exporters write for 'to the end', come as ±(2⁵³ − 1). */
export function intsAttribute(node: Node, name: string): readonly number[] | undefined {
  const attribute = lookup(node.attributes, name);
  if (attribute?.kind === 'ints') return attribute.value;
  if (attribute?.kind !== 'opaque') return undefined;
  const { ints } = restored(AttributeProtoSchema, attribute.value);
  return ints.length === 0 ? undefined : ints.map(clampToSafe);
}

/** A node's list of floats. */
export function floatsAttribute(node: Node, name: string): readonly number[] | undefined {
  const attribute = lookup(node.attributes, name);
  return attribute?.kind === 'floats' ? attribute.value : undefined;
}

/** A node's list of strings. */
export function stringsAttribute(node: Node, name: string): readonly string[] | undefined {
  const attribute = lookup(node.attributes, name);
  return attribute?.kind === 'strings' ? attribute.value : undefined;
}

/** A node's tensor attribute. */
export function tensorAttribute(node: Node, name: string): Initializer | undefined {
  const attribute = lookup(node.attributes, name);
  return attribute?.kind === 'tensor' ? attribute.value : undefined;
}
