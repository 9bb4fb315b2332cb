import { claimById } from '../../paper/claim/registry';
import type { ReportedVerdict } from '../../paper/claim/verdicts';
import { effectWords, percentage } from './verdict-words';

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '{': '\\{',
  '}': '\\}',
  '#': '\\#',
  $: '\\$',
  '%': '\\%',
  '&': '\\&',
  _: '\\_',
  '×': '$\\times$',
  '±': '$\\pm$',
  '−': '$-$',
  '–': '--',
  '’': "'",
};

/** Text as LaTeX sets it, in one pass, so that nothing is escaped twice. */
export function escaped(text: string): string {
  return text.replace(/[\\~^{}#$%&_×±−–’]/g, (character) => SPECIAL[character]!);
}

/** The verdicts as a table of the package booktabs; needs no other. */
export function verdictLatex(verdicts: readonly ReportedVerdict[]): string {
  const rows = verdicts.map((verdict) => {
    const { id, outcome, n, effect, chance } = verdict;
    const cells = [
      id,
      claimById(id).statement,
      outcome,
      String(n),
      effectWords(effect),
      chance === null ? '–' : percentage(chance.gated),
    ];
    return `  ${cells.map(escaped).join(' & ')} \\\\`;
  });
  const scales = [...new Set(verdicts.map(({ scale }) => scale).filter((name) => name !== null))];
  const tables = new Set(verdicts.map(({ table }) => table).filter((name) => name !== null));
  const protocols = new Set(verdicts.map(({ protocol }) => protocol));
  const facts = [
    `% Alphascope; scale ${scales.join(', ') || 'none'}; accuracies ${[...tables].join('; ') || 'none'}; protocol ${[...protocols].join(', ')}.`,
    '% By chance: share of random walks that are called seen, five seeds a verdict.',
  ];
  return [
    ...facts,
    '\\begin{tabular}{lp{.4\\linewidth}lrrr}',
    '  \\toprule',
    '  Claim & Statement & Outcome & $n$ & Effect & By chance \\\\',
    '  \\midrule',
    ...rows,
    '  \\bottomrule',
    '\\end{tabular}',
    '',
  ].join('\n');
}
