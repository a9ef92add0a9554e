import type { Tensor } from '../../base/index.ts';
import type { Attribute, Node } from '../ir.ts';
import type { Fact } from '../ops/op.ts';

/** What a rule may use of the graph that its node stands in. */
export interface UpgradeContext {
  /** Stores a constant and returns its tensor's name. */
  readonly constant: (tensor: Tensor, hint: string) => string;
  /** A free tensor name. */
  readonly fresh: (hint: string) => string;
  /** What is known of a tensor. */
  readonly fact: (name: string | undefined) => Fact;
  /** Whether anything reads the tensor. */
  readonly isRead: (name: string) => boolean;
}

/** A change that an operator set made to an operator: how a node from before it is written from then on. */
export interface Upgrade {
  /** The operator set that made the change. */
  readonly opset: number;
  /** The same computation in that set, the last node making the old node's outputs. */
  readonly apply: (node: Node, context: UpgradeContext) => readonly Node[];
}

/** Rules of one file, by operator. */
export type Upgrades = Readonly<Record<string, readonly Upgrade[]>>;

/** A node with some attributes taken away. */
export function withoutAttributes(node: Node, ...names: readonly string[]): Node {
  const kept = Object.entries(node.attributes).filter(([name]) => !names.includes(name));
  return { ...node, attributes: Object.fromEntries(kept) };
}

/** A node with attributes added or replaced. */
export function withAttributes(node: Node, attributes: Readonly<Record<string, Attribute>>): Node {
  return { ...node, attributes: { ...node.attributes, ...attributes } };
}

/** A node with its input at a position set; inputs before it that are not there count as left out. */
export function withInput(node: Node, position: number, name: string): Node {
  const inputs = [...node.inputs];
  while (inputs.length < position) inputs.push('');
  inputs[position] = name;
  return { ...node, inputs };
}
