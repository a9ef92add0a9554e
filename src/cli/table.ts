import stringWidth from 'string-width';

/** How a column is laid out. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Shortened when the terminal is narrow. */
  readonly flexible?: boolean;
  /** Which end of a text that does not fit is kept: of a path the end tells more. Default `start`. */
  readonly keep?: 'start' | 'end';
}

/**
 * A plain text table that fits the terminal: two spaces between columns, a rule under the titles, flexible columns cut
 * with `…` when the width does not suffice.
 *
 * @example
 * table([{ title: 'class' }, { title: 'images', align: 'right' }], [['ants', '123']], 80);
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string {
  const widths = columns.map((column, i) =>
    rows.reduce((widest, row) => Math.max(widest, stringWidth(row[i] ?? '')), stringWidth(column.title)),
  );
  shrink(columns, widths, width - 2 * (columns.length - 1));
  const line = (cells: readonly string[]) =>
    columns
      .map((column, i) => fit(cells[i] ?? '', widths[i]!, column))
      .join('  ')
      .trimEnd();
  return [
    line(columns.map((column) => column.title)),
    widths.map((w) => '─'.repeat(w)).join('  '),
    ...rows.map(line),
  ].join('\n');
}

const LEAST_WIDTH = 8;

function shrink(columns: readonly Column[], widths: number[], available: number): void {
  let excess = widths.reduce((a, b) => a + b, 0) - available;
  while (excess > 0) {
    let widest = -1;
    columns.forEach((column, i) => {
      if (column.flexible && widths[i]! > LEAST_WIDTH && (widest < 0 || widths[i]! > widths[widest]!)) widest = i;
    });
    if (widest < 0) return;
    widths[widest]! -= 1;
    excess -= 1;
  }
}

function fit(text: string, width: number, { align, keep }: Column): string {
  let cut = text;
  if (stringWidth(text) > width) {
    const letters = Array.from(text);
    while (letters.length > 0 && stringWidth(letters.join('')) > width - 1) {
      if (keep === 'end') letters.shift();
      else letters.pop();
    }
    cut = keep === 'end' ? `…${letters.join('')}` : `${letters.join('')}…`;
  }
  const padding = ' '.repeat(Math.max(0, width - stringWidth(cut)));
  return align === 'right' ? padding + cut : cut + padding;
}
