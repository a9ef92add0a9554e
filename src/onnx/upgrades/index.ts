import { lookup } from '../records.ts';
import { attributesToInputs } from './attributes-to-inputs.ts';
import { other } from './other.ts';
import { resize } from './resize.ts';
import { softmax } from './softmax.ts';
import { training } from './training.ts';
import type { Upgrade } from './upgrade.ts';

const TABLES = [attributesToInputs, other, resize, softmax, training];

/** The rule for an operator that comes next after an operator set, up to another. */
export function nextUpgrade(op: string, after: number, upTo: number): Upgrade | undefined {
  const rules = TABLES.flatMap((table) => lookup(table, op) ?? []);
  return rules.filter(({ opset }) => opset > after && opset <= upTo).toSorted((a, b) => a.opset - b.opset)[0];
}
