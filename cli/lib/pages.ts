import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { calibrate, COLLAPSED_SKIPS, type Calibration } from '../../src/paper/experiment/bench';
import { armByKey, type ArmKey } from '../../src/paper/experiment/arm';
import { EXPERIMENTS, type Experiment } from '../../src/paper/experiment/experiments';
import { formatSeeds } from '../../src/paper/seeds';
import { NAS_BENCH_201 } from '../../src/paper/space/nas-bench-201';
import { median } from '../../src/paper/statistics';
import type { TraceRun } from '../../src/trace/types';
import { writeWhole } from './files';
import { RECORDINGS, type Recording } from './recordings';
import { markdownTable, type Column } from './table';
import { chanceText, effectText, groundsText, remedy, type Judged } from './verdict-report';

/** The root of the checkout. */
const ROOT = path.resolve(RECORDINGS, '../..');

/** A part of a page that is made from the recordings, between `<!-- NAME -->` and `<!-- /NAME -->`. */
export interface Part {
  /** From the root. */
  readonly page: string;
  readonly name: string;
  readonly text: string;
}

/** Every made part of README.md and docs/. */
export function partsOf(recordings: readonly Recording[], judged: readonly Judged[]): Part[] {
  const reproduction = 'docs/reproduction.md';
  return [
    { page: 'README.md', name: 'verdicts', text: markdownTable(SHORT, judged) },
    {
      page: reproduction,
      name: 'verdicts',
      text: [groundsText(judged), markdownTable(LONG, judged)].join('\n\n'),
    },
    { page: reproduction, name: 'sentences', text: sentences(judged) },
    { page: reproduction, name: 'runs', text: runTable(recordings) },
    { page: 'docs/calibration.md', name: 'calibration', text: calibrationOf(recordings) },
  ];
}

export async function writePages(
  recordings: readonly Recording[],
  judged: readonly Judged[],
): Promise<void> {
  for (const part of partsOf(recordings, judged)) {
    const file = path.join(ROOT, part.page);
    const before = await readFile(file, 'utf8');
    const after = replaced(before, part);
    if (after !== before) await writeWhole(file, [after]);
  }
}

/** The page with its part as it has to be. @throws Error when it has no place for it. */
export function replaced(text: string, { page, name, text: made }: Part): string {
  const [head, , ...tail] = text.split(new RegExp(`(?<=<!-- ${name} -->)|(?=<!-- /${name} -->)`));
  if (head === undefined || tail.length !== 1) {
    throw new Error(`${page} needs <!-- ${name} --> and <!-- /${name} -->, each once.`);
  }
  return `${head}\n\n${made}\n\n${tail[0]!}`;
}

const CLAIM: Column<Judged> = { head: 'claim', text: ({ verdict }) => verdict.id, align: 'left' };
const STATEMENT: Column<Judged> = {
  head: 'the paper observes',
  text: ({ claim }) => claim.statement,
  align: 'left',
};
const RESULT: readonly Column<Judged>[] = [
  { head: 'here', text: ({ verdict }) => verdict.outcome, align: 'left' },
  { head: 'n', text: ({ verdict }) => String(verdict.n), align: 'right' },
  { head: 'effect', text: ({ verdict }) => effectText(verdict.effect), align: 'left' },
];
const SHORT = [CLAIM, STATEMENT, ...RESULT];
const LONG: readonly Column<Judged>[] = [
  CLAIM,
  { head: 'backed by', text: ({ claim }) => claim.backedBy.join(', '), align: 'left' },
  STATEMENT,
  { head: 'and prints', text: printedFor, align: 'left' },
  ...RESULT,
  { head: 'chance per seed', text: chanceText('seed'), align: 'right' },
  { head: 'verdict', text: chanceText('verdict'), align: 'right' },
  { head: 'gated', text: chanceText('gated'), align: 'right' },
];

/** `92.97 ± 0.82 % (table 1, EX-DARTS)`, for the experiments that back a claim. */
function printedFor({ claim }: Judged): string {
  const numbers = EXPERIMENTS.filter(({ name }) => claim.backedBy.includes(name))
    .flatMap(({ printed }) => printed.filter(({ arm }) => claim.arms.includes(arm)))
    .map(
      ({ what, mean, std, source }) =>
        `${what} ${mean.toFixed(2)} ± ${std.toFixed(2)} % (${source})`,
    );
  return numbers.length === 0 ? '-' : numbers.join('; ');
}

function sentences(judged: readonly Judged[]): string {
  return judged
    .map(
      ({ verdict: { id, sentence, needs } }) =>
        `- **${id}**: ${sentence}${remedy(needs, (command) => `\`${command}\``)}`,
    )
    .join('\n');
}

interface ArmRuns {
  readonly experiment: Experiment;
  readonly arm: ArmKey;
  /** Undefined before the first of its runs. */
  readonly recording: Recording | undefined;
}

function runTable(recordings: readonly Recording[]): string {
  const rows = EXPERIMENTS.flatMap((experiment) =>
    experiment.arms.map((arm): ArmRuns => {
      const recording = recordings.find(
        ({ entry }) => entry.kind === 'verdict' && entry.arm === arm,
      );
      return { experiment, arm, recording };
    }),
  );
  const columns: Column<ArmRuns>[] = [
    { head: 'experiment', text: ({ experiment }) => experiment.name, align: 'left' },
    { head: 'arm', text: ({ arm }) => armByKey(arm).label, align: 'left' },
    { head: 'planned', text: ({ experiment }) => formatSeeds(experiment.seeds), align: 'left' },
    { head: 'recorded', text: ({ recording }) => seedsOf(recording), align: 'left' },
    { head: 'minutes a run', text: ({ recording }) => minutesOf(recording), align: 'right' },
    { head: 'build', text: ({ recording }) => recording?.entry.build ?? '-', align: 'left' },
    { head: 'date', text: ({ recording }) => recording?.entry.date ?? '-', align: 'left' },
  ];
  return markdownTable(columns, rows);
}

function seedsOf(recording: Recording | undefined): string {
  return recording === undefined ? 'none yet' : formatSeeds(recording.entry.seeds);
}

function minutesOf(recording: Recording | undefined): string {
  if (recording === undefined) return '-';
  return (median(recording.runs.map(secondsOf)) / 60).toFixed(1);
}

function calibrationOf(recordings: readonly Recording[]): string {
  const runs = recordings
    .filter(({ entry }) => entry.kind === 'calibration')
    .flatMap((recording) => recording.runs)
    .map((run) => ({
      scale: run.config.effective.scale.name,
      seed: run.seed,
      skips: skipsOf(run),
      seconds: secondsOf(run),
      arch: run.epochs.at(-1)!.arch,
    }));
  if (runs.length === 0) return 'No run of the calibration is recorded.';
  const columns: Column<(typeof runs)[number]>[] = [
    { head: 'scale', text: ({ scale }) => `\`${scale}\``, align: 'left' },
    { head: 'seed', text: ({ seed }) => String(seed), align: 'right' },
    { head: 'skip-connects', text: ({ skips }) => String(skips), align: 'right' },
    { head: 'seconds', text: ({ seconds }) => seconds.toFixed(0), align: 'right' },
    // A cell's text has the bars that part the columns of a table.
    {
      head: 'last cell',
      text: ({ arch }) => `\`${arch.replaceAll('|', '\\|')}\``,
      align: 'left',
    },
  ];
  const collapsed = runs.filter(({ skips }) => skips >= COLLAPSED_SKIPS).length;
  const typical = median(runs.map(({ seconds }) => seconds)).toFixed(0);
  return [
    markdownTable(columns, runs),
    `${collapsed} of ${runs.length} runs end with ${COLLAPSED_SKIPS} or more skip-connects, and the median run took ${typical} seconds. ${choiceOf(calibrate(runs))}`,
  ].join('\n\n');
}

function choiceOf(found: Calibration): string {
  switch (found.state) {
    case 'open':
      return `Of \`${found.scale}\` the seeds ${formatSeeds(found.seeds)} are still to be run.`;
    case 'chosen':
      return found.why === 'collapsed'
        ? `By the rule the scale is \`${found.scale}\`, the first that collapses.`
        : `No candidate collapses; by the rule the scale is \`${found.scale}\`, the largest within the time.`;
    case 'impossible':
      return 'No candidate keeps the time.';
  }
}

function skipsOf({ epochs }: TraceRun): number {
  return NAS_BENCH_201.held(epochs.at(-1)!.arch).filter((name) => name === 'skip_connect').length;
}

function secondsOf({ epochs }: TraceRun): number {
  return epochs.reduce((sum, { seconds }) => sum + seconds, 0);
}
