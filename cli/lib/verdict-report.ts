import type { Claim } from '../../src/paper/claim/claim';
import type { JudgeOptions } from '../../src/paper/claim/judge';
import { CLAIMS, claimById } from '../../src/paper/claim/registry';
import { effectSize } from '../../src/paper/claim/sentence';
import { tableCommand, type TableNeed } from '../../src/paper/claim/table-need';
import type { Effect } from '../../src/paper/claim/verdict';
import { verdicts, type ReportedVerdict } from '../../src/paper/claim/verdicts';
import { BENCH_SCALE } from '../../src/paper/experiment/bench';
import { benchRunOf } from '../../src/trace/bench-run';
import type { Recording } from './recordings';
import { textTable, type Column } from './table';

/** Columns of a page of text. */
const WIDTH = 100;

/** A claim with its verdict. */
export interface Judged {
  readonly claim: Claim;
  readonly verdict: ReportedVerdict;
}

/**
 * Every claim, judged by the recorded runs of the benches. Those of calibration are among them only to
 * be counted out by name, as the protocol has it.
 *
 * @param accuracies tables, where there are any; one of a space at most.
 */
export function judgeRecordings(
  recordings: readonly Recording[],
  accuracies: Pick<JudgeOptions, 'tables' | 'unfit'> = {},
): Judged[] {
  const runs = recordings
    .filter(({ entry }) => entry.kind !== 'demonstration')
    .flatMap((recording) => recording.runs)
    .flatMap((run) => benchRunOf(run) ?? []);
  return verdicts(runs, { selectedScale: BENCH_SCALE, ...accuracies }).map((verdict) => ({
    claim: claimById(verdict.id),
    verdict,
  }));
}

/** What `--json` writes: one object a claim, in the order of the table. */
export function verdictJson(judged: readonly Judged[]): string {
  const rows = judged.map(({ claim, verdict }) => {
    const { id, outcome, n, effect, scale, table, runs, sentence } = verdict;
    const { chance, protocol, excluded, reason, needs } = verdict;
    const { statement } = claim;
    const told = { id, outcome, n, effect, scale, table, runs, sentence };
    return { ...told, statement, chance, protocol, excluded, reason, needs };
  });
  return `${JSON.stringify(rows, null, 2)}\n`;
}

/** The table and, below it, every verdict in words, for a terminal. */
export function verdictText(judged: readonly Judged[], recordings: readonly Recording[]): string {
  const runs = recordings.flatMap((recording) => recording.runs);
  const names = new Map(runs.map(({ uid, name, seed }) => [uid, `${name}, seed ${seed}`]));
  const width = Math.max(...CLAIMS.map(({ id }) => id.length));
  const sentences = judged.map(({ verdict: { id, sentence, needs } }) =>
    wrapped(`${id.padEnd(width)}  `, sentence + remedy(needs, (command) => command)),
  );
  const excluded = new Set(
    judged.flatMap(({ verdict }) =>
      verdict.excluded.map(
        ({ uid, reason }) => `Left out: ${names.get(uid)!} (${uid}): ${reason}.`,
      ),
    ),
  );
  const parts = [
    [groundsText(judged), `Read: ${recordings.length} recordings with ${runs.length} runs.`].join(
      '\n',
    ),
    textTable(COLUMNS, judged),
    chanceNote(judged),
    sentences.join('\n'),
    [...excluded].sort().join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/**
 * What brings the tables for want of which a claim is not comparable, to follow its sentence.
 *
 * @param shown how a command is set
 */
export function remedy(needs: readonly TableNeed[], shown: (command: string) => string): string {
  if (needs.length === 0) return '';
  const csv = needs.some(({ space }) => space === 'nas-bench-201')
    ? '; or --table takes the benchmark’s own accuracies as CSV (docs/tables.md)'
    : '';
  return ` What is missing is trained and written by ${shown(tableCommand(needs))} (docs/scaled-table.md)${csv}.`;
}

/** What all verdicts rest on: scale, accuracy table, commits of the protocol, a line for each. */
export function groundsText(judged: readonly Judged[]): string {
  const named = (key: 'scale' | 'table' | 'protocol', between: string) => {
    const names = new Set(judged.flatMap(({ verdict }) => verdict[key] ?? []));
    return names.size === 0 ? 'none' : [...names].join(between);
  };
  return [
    `Scale: ${named('scale', ', ')}. Accuracy table: ${named('table', ', ')}.`,
    `Protocol: ${named('protocol', ',\n')}.`,
  ].join('\n');
}

function chanceNote(judged: readonly Judged[]): string {
  const note =
    'Chance: how often random walks of alpha satisfy the predicate, per seed; are called seen in groups\nof five; and are, where the baseline has to degrade as well (docs/protocol.md).';
  return judged.some(({ verdict }) => verdict.table !== null)
    ? `${note} The rates are those\nof the predicates without conditions on accuracy.`
    : note;
}

const COLUMNS: readonly Column<Judged>[] = [
  { head: 'claim', text: ({ verdict }) => verdict.id, align: 'left' },
  { head: 'outcome', text: ({ verdict }) => verdict.outcome, align: 'left' },
  { head: 'n', text: ({ verdict }) => String(verdict.n), align: 'right' },
  { head: 'effect', text: ({ verdict }) => effectText(verdict.effect), align: 'left' },
  { head: 'chance: a seed', text: chanceText('seed'), align: 'right' },
  { head: 'verdict', text: chanceText('verdict'), align: 'right' },
  { head: 'gated', text: chanceText('gated'), align: 'right' },
];

/** `5.40 ± 0.55 edges` */
export function effectText(effect: Effect | null): string {
  return effect === null ? '-' : effectSize(effect);
}

/** One of the false-positive rates: `.018`; a dash where there is none without accuracies. */
export function chanceText(rate: 'seed' | 'verdict' | 'gated') {
  return ({ verdict: { chance } }: Judged): string =>
    chance === null ? '-' : chance[rate].toFixed(3).replace(/^0/, '');
}

/** The text behind a head, broken between words, later lines as far in as the first. */
function wrapped(head: string, text: string): string {
  const lines: string[] = [];
  let line = head;
  for (const word of text.split(' ')) {
    const next = line === head ? head + word : `${line} ${word}`;
    if (next.length <= WIDTH || line === head) line = next;
    else {
      lines.push(line);
      line = ' '.repeat(head.length) + word;
    }
  }
  return [...lines, line].join('\n');
}
