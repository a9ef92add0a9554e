import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Node } from './ir.ts';
import { sortedNodes } from './topology.ts';

/** Node i reads some of the nodes before it. */
const chain = fc.array(fc.array(fc.nat({ max: 30 }), { maxLength: 3 }), { maxLength: 30 }).map((reads) =>
  reads.map((items, index): Node => {
    const inputs = items.filter((item) => item < index).map((item) => `t${item}`);
    return { name: `n${index}`, op: 'Sum', domain: '', inputs, outputs: [`t${index}`], attributes: {} };
  }),
);

it('puts any shuffled graph in order, and leaves one in order as it is', () => {
  fc.assert(
    fc.property(chain, fc.infiniteStream(fc.nat()), (nodes, keys) => {
      expect(sortedNodes(nodes, 'test')).toBe(nodes);
      const shuffled = nodes
        .map((node) => ({ node, key: keys.next().value }))
        .sort((a, b) => a.key - b.key)
        .map(({ node }) => node);
      const sorted = sortedNodes(shuffled, 'test');
      expect(new Set(sorted)).toEqual(new Set(nodes));
      const made = new Set<string>();
      for (const node of sorted) {
        for (const input of node.inputs) expect(made.has(input)).toBe(true);
        for (const output of node.outputs) made.add(output);
      }
    }),
  );
});
