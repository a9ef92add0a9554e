/**
 * Disjoint sets over 0 … size−1 (Tarjan 1975: union by size, path halving).
 *
 * @example
 * const sets = new UnionFind(3);
 * sets.unite(0, 2);
 * sets.find(2) === sets.find(0); // true
 */
export class UnionFind {
  readonly #parent: Int32Array;
  readonly #size: Int32Array;

  constructor(size: number) {
    this.#parent = Int32Array.from({ length: size }, (_, i) => i);
    this.#size = new Int32Array(size).fill(1);
  }

  /** The representative of the set of i. */
  find(i: number): number {
    const parent = this.#parent;
    let at = i;
    while (parent[at]! !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  }

  /** Joins the sets of i and j; false if they were one already. */
  unite(i: number, j: number): boolean {
    let a = this.find(i);
    let b = this.find(j);
    if (a === b) return false;
    if (this.#size[a]! < this.#size[b]!) [a, b] = [b, a];
    this.#parent[b] = a;
    this.#size[a]! += this.#size[b]!;
    return true;
  }

  /** Sets of two or more, members ascending, in order of their first members. */
  groups(): number[][] {
    const members = new Map<number, number[]>();
    for (let i = 0; i < this.#parent.length; i++) {
      const root = this.find(i);
      if (this.#size[root]! < 2) continue;
      const group = members.get(root);
      if (group === undefined) members.set(root, [i]);
      else group.push(i);
    }
    return [...members.values()];
  }
}
