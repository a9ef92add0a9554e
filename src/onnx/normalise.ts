import { InputError, type Tensor } from '../base/index.ts';
import { inferFacts } from './infer.ts';
import type { Attribute, Graph, Initializer, Model, Node } from './ir.ts';
import { allNames, freshName } from './names.ts';
import { type Fact, UNKNOWN } from './ops/op.ts';
import { signatureOf } from './ops/signature.ts';
import { NEWEST_OPSET } from './ops/signatures.ts';
import { irVersionFor, OLDEST_OPSET, TARGET_OPSET } from './opset.ts';
import { recordOf } from './records.ts';
import { initializerOf } from './tensor.ts';
import { readNames, sortedNodes } from './topology.ts';
import { nextUpgrade } from './upgrades/index.ts';
import { lower } from './upgrades/lower.ts';
import type { UpgradeContext } from './upgrades/upgrade.ts';

/**
 * The same model in operator set TARGET_OPSET, so that everything after it knows one form of every operator. Operators
 * of other domains, and model functions, stay as they are.
 *
 * Errors: InputError when the model's operator set is older than 7 or newer than any known, or when a node has no
 * counterpart in the target set; it names the node.
 *
 * @example
 * const model = normalise(readModel(bytes));
 */
export function normalise(model: Model): Model {
  const from = model.opsets[''] ?? TARGET_OPSET;
  if (from < OLDEST_OPSET || from > NEWEST_OPSET) {
    const age = from < OLDEST_OPSET ? 'old' : 'new';
    throw new InputError(
      `Cannot use the model: its operator set ${from} is too ${age}; ${OLDEST_OPSET} to ${NEWEST_OPSET} are understood`,
      { fix: `Export the model again with operator set ${TARGET_OPSET}` },
    );
  }
  const opsets = { ...model.opsets, '': TARGET_OPSET };
  const irVersion = irVersionFor(TARGET_OPSET);
  if (from === TARGET_OPSET) return { ...model, irVersion, opsets };
  const walk: Walk = { from, names: new Set(allNames(model.graph)), facts: inferFacts(model) };
  return { ...model, irVersion, opsets, graph: normaliseGraph(model.graph, walk) };
}

interface Walk {
  readonly from: number;
  /** Every name in the model, that of a tensor or a node. */
  readonly names: Set<string>;
  /** What is known of the main graph's tensors. */
  readonly facts: ReadonlyMap<string, Fact>;
}

function normaliseGraph(graph: Graph, walk: Walk): Graph {
  const initializers: [string, Initializer][] = Object.entries(graph.initializers);
  const read = new Set([...graph.nodes.flatMap(readNames), ...graph.outputs.map(({ name }) => name)]);
  const context: UpgradeContext = {
    constant: (tensor: Tensor, hint: string) => {
      const name = freshName(hint, walk.names);
      initializers.push([name, initializerOf(tensor)]);
      return name;
    },
    fresh: (hint) => freshName(hint, walk.names),
    fact: (name) => (name === undefined ? UNKNOWN : (walk.facts.get(name) ?? UNKNOWN)),
    isRead: (name) => read.has(name),
  };
  const nodes = graph.nodes.flatMap((node) => {
    const inside = normaliseSubgraphs(node, walk);
    if (node.domain !== '') return [inside];
    return walk.from < TARGET_OPSET ? raise(inside, walk.from, context) : lower(inside, walk.from, context);
  });
  return { ...graph, nodes: sortedNodes(nodes, `graph '${graph.name}'`), initializers: recordOf(initializers) };
}

/** Applies the rules between an operator set and the target, in order; a rule's new nodes are of the rule's set. */
function raise(node: Node, after: number, context: UpgradeContext): readonly Node[] {
  const rule = nextUpgrade(node.op, after, TARGET_OPSET);
  if (rule !== undefined) return rule.apply(node, context).flatMap((next) => raise(next, rule.opset, context));
  if (typeof signatureOf(node.op, TARGET_OPSET) !== 'object') {
    throw new InputError(`Cannot use the model: operator set ${TARGET_OPSET} has no ${node.op} (node '${node.name}')`, {
      fix: `Export the model again with operator set ${TARGET_OPSET}`,
    });
  }
  return [node];
}

function normaliseSubgraphs(node: Node, walk: Walk): Node {
  const attributes = Object.entries(node.attributes).map(([name, attribute]): [string, Attribute] => {
    if (attribute.kind === 'graph') return [name, { kind: 'graph', value: normaliseGraph(attribute.value, walk) }];
    if (attribute.kind !== 'graphs') return [name, attribute];
    return [name, { kind: 'graphs', value: attribute.value.map((graph) => normaliseGraph(graph, walk)) }];
  });
  return { ...node, attributes: recordOf(attributes) };
}
