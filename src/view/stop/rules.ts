import { SPACES } from '../../paper/space/registry';
import { STOP_FAMILIES, type StopFamily } from '../../paper/stop/registry';
import type { StopRule } from '../../paper/stop/stop';

/** A rule as the visitor has set it; `k` stays text until it is read. */
export interface RuleEntry {
  /** Unique in the list, for as long as the rule is in it. */
  readonly id: number;
  readonly family: string;
  readonly operation: string;
  readonly k: string;
}

/** The line is drawn on the chart and not chosen from the list. */
const LINE = 'line';
const MOST = 2000;

export const LISTED_FAMILIES: readonly StopFamily[] = STOP_FAMILIES.filter(
  ({ key }) => key !== LINE,
);

export function familyOf({ family }: Pick<RuleEntry, 'family'>): StopFamily {
  return STOP_FAMILIES.find(({ key }) => key === family)!;
}

/** An entry with its family's own parameters. */
export function newEntry(id: number, family: string): RuleEntry {
  const { operation, k } = familyOf({ family }).defaults;
  return { id, family, operation, k: String(k) };
}

/**
 * Why an entry cannot be applied to a search over these operations; null when it can.
 *
 * @param measured whether the Hessian's eigenvalues are known
 */
export function problemOf(
  entry: RuleEntry,
  ops: readonly string[],
  measured = true,
): string | null {
  const { uses } = familyOf(entry);
  if (uses.includes('k') && !(/^\d{1,4}$/.test(entry.k.trim()) && inRange(Number(entry.k)))) {
    return `k must be a whole number from 1 to ${MOST}, not "${entry.k}".`;
  }
  if (uses.includes('operation') && !ops.includes(entry.operation)) {
    return `${shortOf(entry.operation)} was not searched here.`;
  }
  if (entry.family === 'es' && !measured) return 'The Hessian was not measured here.';
  return null;
}

/** The rule of an entry without a problem. */
export function ruleOf(entry: RuleEntry): StopRule {
  return familyOf(entry).make({ operation: entry.operation, k: Number(entry.k) });
}

/** `SS, Eq. 12 · 3×3`, `SS online, k = 10 · 3×3`, `DARTS+ sc_2`, `Line at epoch 25`. */
export function ruleName(entry: RuleEntry): string {
  const k = entry.k.trim();
  const operation = shortOf(entry.operation);
  switch (entry.family) {
    case LINE:
      return `Line at epoch ${k}`;
    case 'sc':
    case 'rt':
      return `DARTS+ ${entry.family}_${k}`;
    case 'es':
      return familyOf(entry).label;
    case 'ss-online':
      return `SS online, k = ${k} · ${operation}`;
    default:
      return `${familyOf(entry).label} · ${operation}`;
  }
}

/** The hand-drawn line as an entry. */
export function lineAt(epoch: number): RuleEntry {
  return { ...newEntry(0, LINE), k: String(epoch) };
}

/** An operation's name next to a line, whatever its space. */
export function shortOf(operation: string): string {
  const all = SPACES.flatMap(({ operations }) => operations);
  return all.find(({ name }) => name === operation)?.short ?? operation;
}

function inRange(k: number): boolean {
  return k >= 1 && k <= MOST;
}
