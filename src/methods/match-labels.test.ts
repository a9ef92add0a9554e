import { describe, expect, it } from 'vitest';
import { sourceLabels } from '../zoo/index.ts';
import { matchLabels } from './match-labels.ts';

const source = await sourceLabels();

describe('matchLabels', () => {
  it.each([
    ['ants', [310]],
    ['Bees', [309]],
    ['persian_cat', [283]],
    ['hot-dog', [934]],
    ['butterflies', []],
    ['strawberries', [949]],
    ['foxes', [277, 278, 279, 280]],
    ['wolves', [269, 270, 271]],
    ['churches', [497]],
    ['emmet', [310]],
    ['r.v.', [757]],
  ])('%s is %j: case, underscores, hyphens, plural, synonyms', (label, wanted) => {
    expect(matchLabels([label], source)).toEqual(wanted.length === 0 ? undefined : [wanted]);
  });

  it('takes the same spelling before a plural of it', () => {
    expect(matchLabels(['sunglasses'], source)).toEqual([[837]]);
    expect(matchLabels(['sunglass'], source)).toEqual([[836]]);
  });

  it('takes both classes of a synonym that two share', () => {
    expect(matchLabels(['crane'], source)).toEqual([[134, 517]]);
  });

  it('takes the kinds that a label ends the name of, only where it is their usual word', () => {
    expect(matchLabels(['bears', 'keyboard'], source)).toEqual([
      [294, 295, 296, 297],
      [508, 878],
    ]);
    for (const label of ['dog', 'car', 'rose', 'og', '', ' ', 's'])
      expect(matchLabels([label], source)).toBeUndefined();
    expect(matchLabels(['pard'], [{ names: ['leopard'] }])).toBeUndefined();
  });

  it('refuses all where one is not found, or two claim the same source class', () => {
    expect(matchLabels(['ants', 'bees', 'spoilers'], source)).toBeUndefined();
    expect(matchLabels(['ant', 'emmet'], source)).toBeUndefined();
    expect(matchLabels(['bear', 'polar bear'], source)).toBeUndefined();
    expect(matchLabels(['ants', 'bees'], source)).toEqual([[310], [309]]);
  });

  it('finds a source class under each of its own names, for every seventh', () => {
    for (const [index, { names }] of source.entries()) {
      if (index % 7 > 0) continue;
      for (const name of names)
        expect(matchLabels([name.replaceAll(' ', '_').toUpperCase()], source)?.[0]).toContain(index);
    }
  });
});
