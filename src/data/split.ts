import { Random, UsageError } from '../base/index.ts';
import { UnionFind } from './union-find.ts';

/** A class that a split cannot treat as it should, by its index. */
export interface SplitWarning {
  /**
   * `absent`: the class has no example on one side of a holdout, or in some of the folds, since it has fewer groups than there are parts.
   * `single-group`: all its examples are one group, so while it is held out nothing of it is trained on.
   */
  readonly kind: 'absent' | 'single-group';
  readonly label: number;
  readonly examples: number;
  /** Independent groups among its examples. */
  readonly groups: number;
}

/** A cross-validation plan (structurally the `Folds` that methods take) with what is wrong with it. */
export interface FoldPlan {
  readonly count: number;
  /** fold[i] in 0 … count−1 is where example i is held out. */
  readonly fold: Int32Array;
  readonly warnings: readonly SplitWarning[];
}

export interface Holdout {
  /** Indices, ascending. */
  readonly train: Int32Array;
  readonly holdout: Int32Array;
  readonly warnings: readonly SplitWarning[];
}

/**
 * One number for each example: those that must stay together have the same. Unites, through chains too, the user's groups
 * with groups of duplicates.
 *
 * @param names The user's group of each example; undefined where there is none.
 * @param duplicates Groups of indices, as `exactDuplicates` and `nearDuplicates` return them.
 * @example
 * uniteGroups(['p1', undefined, 'p1', undefined], [[1, 2]]); // [0, 0, 0, 3]
 */
export function uniteGroups(
  names: readonly (string | undefined)[],
  ...duplicates: readonly (readonly (readonly number[])[])[]
): Int32Array {
  const sets = new UnionFind(names.length);
  const firstOf = new Map<string, number>();
  names.forEach((name, i) => {
    if (name === undefined) return;
    const first = firstOf.get(name);
    if (first === undefined) firstOf.set(name, i);
    else sets.unite(first, i);
  });
  for (const groups of duplicates) for (const group of groups) for (const i of group) sets.unite(group[0]!, i);
  const smallest = new Int32Array(names.length).fill(-1);
  return Int32Array.from(names, (_, i) => {
    const root = sets.find(i);
    if (smallest[root]! < 0) smallest[root] = i;
    return smallest[root]!;
  });
}

/**
 * Folds that are stratified by class and never cut a group. Groups are dealt out largest first, each to the fold with the
 * fewest examples of its classes, relative to the class; then the smallest fold; then by the seed. Where every group is
 * of one class, the counts of a class differ by at most its largest group (Graham 1969); without groups by at most 1, as
 * do the folds' sizes.
 *
 * @param labels Class of each example; −1 for none.
 * @param groups As `uniteGroups` returns them; undefined: every example on its own.
 * @throws UsageError where there are fewer groups than folds.
 * @example
 * const folds = makeFolds(labels, uniteGroups(names, duplicates), { count: 5, seed: 1 });
 */
export function makeFolds(
  labels: Int32Array,
  groups: Int32Array | undefined,
  { count, seed }: { readonly count: number; readonly seed: number },
): FoldPlan {
  if (!Number.isInteger(count) || count < 2)
    throw new UsageError(`Cannot make ${count} folds: there must be 2 or more`);
  const units = unitsOf(labels, groups);
  if (units.length < count) {
    throw new UsageError(`Cannot make ${count} folds of ${units.length} independent groups of examples`, {
      fix: `Ask for at most ${units.length} folds, or add images`,
    });
  }
  const shares = new Array<number>(count).fill(1 / count);
  const fold = deal(units, labels, shares, { balance: 'class-first', seed });
  return { count, fold, warnings: warningsOf(labels, units, fold, count) };
}

/**
 * Locks a share of the examples away, stratified and without cutting a group, by the same dealing. Each class is
 * apportioned as Sainte-Laguë apportions seats: of 2 examples none is held out at a share of 0.2, of 3 one is.
 *
 * @param options `share` of the examples in the holdout, between 0 and 1.
 * @example
 * const { train, holdout } = makeHoldout(labels, groups, { share: 0.2, seed: 1 });
 */
export function makeHoldout(
  labels: Int32Array,
  groups: Int32Array | undefined,
  { share = 0.2, seed }: { readonly share?: number; readonly seed: number },
): Holdout {
  if (!(share > 0 && share < 1))
    throw new UsageError(`Cannot hold out a share of ${share}: it must lie between 0 and 1`);
  const units = unitsOf(labels, groups);
  const side = deal(units, labels, [1 - share, share], { balance: 'class-and-size', seed });
  const indices = Int32Array.from(labels, (_, i) => i);
  return {
    train: indices.filter((i) => side[i] === 0),
    holdout: indices.filter((i) => side[i] === 1),
    warnings: warningsOf(labels, units, side, 2),
  };
}

/** Examples that stay together, with how many of each class they have. */
interface Unit {
  readonly members: number[];
  readonly classes: Map<number, number>;
}

function unitsOf(labels: Int32Array, groups: Int32Array | undefined): Unit[] {
  if (groups !== undefined && groups.length !== labels.length) {
    throw new RangeError(`Cannot split: ${labels.length} labels, but ${groups.length} groups`);
  }
  const units = new Map<number, Unit>();
  for (let i = 0; i < labels.length; i++) {
    const key = groups === undefined ? i : groups[i]!;
    let unit = units.get(key);
    if (unit === undefined) {
      unit = { members: [], classes: new Map() };
      units.set(key, unit);
    }
    unit.members.push(i);
    unit.classes.set(labels[i]!, (unit.classes.get(labels[i]!) ?? 0) + 1);
  }
  return [...units.values()];
}

interface Dealing {
  /** `class-first`: sizes decide only between parts that are equal by class. `class-and-size`: both count. */
  readonly balance: 'class-first' | 'class-and-size';
  readonly seed: number;
}

/**
 * Deals units out to parts of the given shares. The cost of a unit with c_k examples of class k in part p, which has n_pk,
 * is what it adds to Pearson's χ² of the class counts: Σ_k ((2·n_pk + c_k)·c_k / share_p) / N_k. The same over all examples
 * at once keeps the sizes: with 100 classes of 2 examples no single class asks for a holdout, but together they do.
 */
function deal(
  units: readonly Unit[],
  labels: Int32Array,
  shares: readonly number[],
  { balance, seed }: Dealing,
): Int32Array {
  const random = new Random(seed);
  const totals = new Map<number, number>();
  for (const label of labels) totals.set(label, (totals.get(label) ?? 0) + 1);
  const counts = shares.map(() => new Map<number, number>());
  const sizes = shares.map(() => 0);
  const part = new Int32Array(labels.length);
  const preference = random.shuffle(shares.map((_, p) => p));
  for (const unit of inOrder(units, random)) {
    const size = unit.members.length;
    let best = -1;
    let bestCost = Number.POSITIVE_INFINITY;
    let bestSizeCost = Number.POSITIVE_INFINITY;
    for (const p of preference) {
      let cost = 0;
      for (const [label, c] of unit.classes) {
        cost += ((2 * (counts[p]!.get(label) ?? 0) + c) * c) / (shares[p]! * totals.get(label)!);
      }
      const sizeCost = ((2 * sizes[p]! + size) * size) / (shares[p]! * labels.length);
      if (balance === 'class-and-size') cost += sizeCost;
      if (cost < bestCost || (cost === bestCost && sizeCost < bestSizeCost)) {
        best = p;
        bestCost = cost;
        bestSizeCost = sizeCost;
      }
    }
    sizes[best]! += size;
    for (const [label, c] of unit.classes) counts[best]!.set(label, (counts[best]!.get(label) ?? 0) + c);
    for (const i of unit.members) part[i] = best;
  }
  return part;
}

/** Largest first, since small ones can still level what large ones left; of one size class by class, shuffled within. */
function inOrder(units: readonly Unit[], random: Random): Unit[] {
  const shuffled = random.shuffle([...units]);
  const classOf = (unit: Unit) => unit.classes.keys().next().value!;
  return shuffled.sort((a, b) => b.members.length - a.members.length || classOf(a) - classOf(b));
}

function warningsOf(labels: Int32Array, units: readonly Unit[], part: Int32Array, parts: number): SplitWarning[] {
  const seen = new Map<number, { examples: number; groups: number; parts: Set<number> }>();
  for (const unit of units) {
    for (const [label, examples] of unit.classes) {
      if (label < 0) continue;
      const entry = seen.get(label) ?? { examples: 0, groups: 0, parts: new Set<number>() };
      entry.examples += examples;
      entry.groups++;
      seen.set(label, entry);
    }
  }
  labels.forEach((label, i) => void seen.get(label)?.parts.add(part[i]!));
  return [...seen]
    .filter(([, entry]) => entry.parts.size < parts)
    .sort(([a], [b]) => a - b)
    .map(([label, { examples, groups }]) => ({
      kind: groups === 1 ? 'single-group' : 'absent',
      label,
      examples,
      groups,
    }));
}
