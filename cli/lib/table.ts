/** A cell's text and where it stands in its column. */
export interface Column<Row> {
  readonly head: string;
  readonly text: (row: Row) => string;
  readonly align: 'left' | 'right';
}

/** For a terminal: columns two spaces apart. */
export function textTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  return padded(columns, rows, 0)
    .map((cells) => cells.join('  ').trimEnd())
    .join('\n');
}

/** As Prettier writes it, so that a generated page passes its check. */
export function markdownTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const [head, ...body] = padded(columns, rows, 3);
  const rule = columns.map(({ align }, at) => {
    const { length } = head![at]!;
    return align === 'left' ? '-'.repeat(length) : `${'-'.repeat(length - 1)}:`;
  });
  return [head!, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function padded<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  least: number,
): string[][] {
  const lines = [columns.map(({ head }) => head)].concat(
    rows.map((row) => columns.map(({ text }) => text(row))),
  );
  const widths = columns.map((_, at) => Math.max(least, ...lines.map((line) => line[at]!.length)));
  return lines.map((line) =>
    line.map((text, at) =>
      columns[at]!.align === 'left' ? text.padEnd(widths[at]!) : text.padStart(widths[at]!),
    ),
  );
}
