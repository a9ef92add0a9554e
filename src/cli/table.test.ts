import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { table } from './table.ts';

describe('table', () => {
  it('aligns columns under their titles', () => {
    expect(
      table(
        [{ title: 'class' }, { title: 'images', align: 'right' }],
        [
          ['ants', '123'],
          ['bumble bees', '7'],
        ],
        80,
      ),
    ).toBe(['class        images', '───────────  ──────', 'ants            123', 'bumble bees       7'].join('\n'));
  });

  it('cuts flexible columns, at the end that tells less', () => {
    const rows = [['/a/long/path/to/photo.jpg', 'ants']];
    const lines = table([{ title: 'file', flexible: true, keep: 'end' }, { title: 'label' }], rows, 20).split('\n');
    expect(lines[2]).toBe('…to/photo.jpg  ants');
    expect(table([{ title: 'file', flexible: true }, { title: 'label' }], rows, 20).split('\n')[2]).toBe(
      '/a/long/path…  ants',
    );
  });

  it('never is wider than the terminal while flexible columns can give way', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { minLength: 1 }),
        fc.integer({ min: 12, max: 100 }),
        (texts, width) => {
          const lines = table(
            [{ title: 'a', flexible: true }],
            texts.map((text) => [text.replaceAll(/\s/g, '')]),
            width,
          ).split('\n');
          for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});
