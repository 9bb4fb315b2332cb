import { csvText } from '../trace/csv';

/** A table as it is shown: what is exported is what is drawn. */
export interface TextTable {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** RFC 4180, with the column names as its first line. */
export function tableCsv({ columns, rows }: TextTable): string {
  const lines = [columns, ...rows].map((cells) => cells.map(csvText).join(','));
  return [...lines, ''].join('\r\n');
}

/** A `table` environment for a page with booktabs; every cell is text. */
export function tableLatex({ caption, columns, rows }: TextTable): string {
  const line = (cells: readonly string[]) => `    ${cells.map(latexText).join(' & ')} \\\\`;
  return [
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${latexText(caption)}}`,
    `  \\begin{tabular}{l${'r'.repeat(Math.max(0, columns.length - 1))}}`,
    '    \\toprule',
    line(columns),
    '    \\midrule',
    ...rows.map(line),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
    '',
  ].join('\n');
}

const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  '&': '\\&',
  '%': '\\%',
  $: '\\$',
  '#': '\\#',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '|': '\\textbar{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '±': '$\\pm$',
  '×': '$\\times$',
  '−': '$-$',
  '·': '$\\cdot$',
  '–': '--',
  '’': "'",
};

function latexText(text: string): string {
  return text.replaceAll(/[\\{}&%$#_~^|<>±×−·–’]/g, (character) => LATEX[character]!);
}
