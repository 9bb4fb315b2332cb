import { claimById } from '../../paper/claim/registry';
import { effectSize } from '../../paper/claim/sentence';
import type { Effect, Outcome } from '../../paper/claim/verdict';
import type { ReportedVerdict } from '../../paper/claim/verdicts';
import type { TableModel } from '../chart/table';

/** A sign for each outcome, different in shape: an outcome is never told by colour. */
export const OUTCOME_SIGN: Readonly<Record<Outcome, string>> = {
  seen: '●',
  'not seen': '○',
  'too few seeds': '…',
  'not comparable': '≠',
};

/** `4.20 ± 0.84 edges`; a dash where nothing was examined. */
export function effectWords(effect: Effect | null): string {
  return effect === null ? '–' : effectSize(effect);
}

/**
 * How often random walks give this: of single seeds, and of verdicts by the rule for five seeds. The
 * rates were computed without accuracies, so beside a verdict that uses some they say so.
 */
export function chanceWords({ chance, table }: Pick<ReportedVerdict, 'chance' | 'table'>): string {
  if (chance === null) return 'not known for a claim about accuracies';
  const ground = table === null ? '' : 'without its conditions on accuracy, ';
  const { seed, verdict, gated } = chance;
  const gate =
    gated === verdict ? '' : `, ${percentage(gated)} where the baseline has to degrade as well`;
  return `${ground}random walks hold it in ${percentage(seed)} of seeds and are called seen in ${percentage(verdict)} of verdicts on five seeds${gate}`;
}

/** Of 1,000 walks or groups: a tenth of a percent is one of them. */
export function percentage(share: number): string {
  return share === 0 ? 'under 0.1 %' : `${(100 * share).toFixed(1)} %`;
}

/** What the outcome was judged on. */
export function groundWords({ id, table, needs }: ReportedVerdict): string {
  if (table !== null) return table;
  if (needs.length > 0) return 'missing, and needed';
  return claimById(id).accuracy === 'none'
    ? 'none needed'
    : 'none that judges: cells and magnitudes alone';
}

/** Every condition of the predicate, seed by seed. */
export function findingsTable({ id, seeds, effect }: ReportedVerdict): TableModel {
  const conditions = seeds[0]?.conditions ?? [];
  return {
    name: 'Seed by seed',
    caption: `${id}: the conditions of the predicate; all of them have to hold.`,
    columns: ['seed', 'holds', effect?.what ?? 'effect', ...conditions.map(({ label }) => label)],
    rows: () =>
      seeds.map((finding) => [
        String(finding.seed),
        yes(finding.holds),
        String(Number(finding.effect.toFixed(4))),
        ...finding.conditions.map(({ holds }) => yes(holds)),
      ]),
  };
}

/** Runs of the claim's arms that were not judged. */
export function excludedTable({ id, excluded }: ReportedVerdict): TableModel {
  return {
    name: `${excluded.length} left out`,
    caption: `${id}: runs that were not judged, and why.`,
    columns: ['run', 'reason'],
    rows: () => excluded.map(({ uid, reason }) => [uid, reason]),
  };
}

function yes(holds: boolean): string {
  return holds ? 'yes' : 'no';
}
