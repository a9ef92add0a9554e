/** A source class as far as matching goes: the name to show first, then synonyms. */
export interface NamedClass {
  readonly names: readonly string[];
}

/**
 * Finds the user's classes among those that a network was trained on: for each, the source classes that mean it. Undefined
 * unless every class is found, and none of the source classes is claimed twice.
 *
 * A label matches a source class whose name or synonym is the same but for case, underscores, hyphens and plural; a synonym
 * of two source classes (`crane`) takes both. Failing that, a label that ends source names as a word of its own takes those
 * classes: `wolf` is timber wolf, white wolf and red wolf. But only names to show count, and they must be at least half of
 * the classes that have such a name or synonym, as the label is then the usual word for the kind: `cat` is taken, while `dog`
 * is refused, which five names to show end with, but eight more classes have as a synonym (hotdog among them). No other
 * hypernym is guessed.
 *
 * @example
 * matchLabels(['ants', 'bees'], await sourceLabels(card.labels)); // [[310], [309]]
 */
export function matchLabels(
  classes: readonly string[],
  source: readonly NamedClass[],
): readonly (readonly number[])[] | undefined {
  const spelled = source.map(({ names }) => names.map(plain));
  const matches = classes.map((label) => matchOne(plain(label), spelled));
  const claimed = matches.flat();
  if (matches.some((match) => match.length === 0) || new Set(claimed).size < claimed.length) return undefined;
  return matches;
}

function matchOne(label: string, source: readonly (readonly string[])[]): readonly number[] {
  if (label === '') return [];
  const where = (test: (name: string, place: number) => boolean): number[] =>
    source.flatMap((names, index) => (names.some(test) ? [index] : []));
  const same = where((name) => name === label);
  if (same.length > 0) return same;
  const alike = where((name) => sameButForNumber(name, label));
  if (alike.length > 0) return alike;
  const ends = (name: string): boolean => [...singulars(label)].some((form) => name.endsWith(` ${form}`));
  const shown = where((name, place) => place === 0 && ends(name));
  return 2 * shown.length >= where(ends).length ? shown : [];
}

/** Lower case, words parted by single spaces, no full stops or apostrophes. */
function plain(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[.'’]/g, '')
    .replace(/[\s_-]+/g, ' ')
    .trim();
}

function sameButForNumber(one: string, other: string): boolean {
  return singulars(one).has(other) || singulars(other).has(one);
}

/** The text, and what it may be the plural of. */
function singulars(text: string): ReadonlySet<string> {
  const forms = new Set([text]);
  for (const [ending, singular] of PLURALS) {
    const match = text.match(ending);
    if (match !== null) forms.add(text.slice(0, -match[0].length) + singular);
  }
  return forms;
}

/** English plurals by ending; at least two letters stay. */
const PLURALS: readonly (readonly [RegExp, string])[] = [
  [/(?<=[a-z]{2}[^su])s$/, ''],
  [/(?<=[a-z]u)s$/, ''],
  [/(?<=[a-z](s|x|z|ch|sh|o))es$/, ''],
  [/(?<=[a-z]{2})ies$/, 'y'],
  [/(?<=[a-z](l|r|a|o))ves$/, 'f'],
  [/(?<=[a-z]i)ves$/, 'fe'],
];
