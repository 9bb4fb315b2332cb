import type { RunConfig } from '../../paper/config';
import { regimeKey } from '../../trace/digest';
import type { RunSummary } from '../../store/database';

/** Runs that differ in their seed only; see regimeKey. */
export interface RunGroup {
  readonly key: string;
  readonly name: string;
  /** By seed, then by age. */
  readonly heads: readonly RunSummary[];
  /** When the youngest of them was created. */
  readonly createdAt: string;
}

/** Groups runs by regime, the regime with the youngest run first. */
export function groupRuns(heads: readonly RunSummary[]): RunGroup[] {
  const groups = new Map<string, RunSummary[]>();
  for (const head of heads) {
    const key = regimeKey(head);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [head]);
    else group.push(head);
  }
  return [...groups]
    .map(([key, members]) => {
      const byAge = [...members].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
      return {
        key,
        name: byAge[0]!.name,
        createdAt: byAge[0]!.createdAt,
        heads: [...members].sort(
          (a, b) => a.seed - b.seed || a.createdAt.localeCompare(b.createdAt),
        ),
      };
    })
    .sort((a, b) => b.createdAt.localeCompare(a.createdAt) || a.key.localeCompare(b.key));
}

export interface Difference {
  /** Path in the effective configuration: `weights.rate`. */
  readonly key: string;
  readonly before: string;
  readonly after: string;
}

const MISSING = 'not set';

/** Every effective value in which two regimes differ; an absent key is not an empty one. */
export function differences(before: RunConfig, after: RunConfig): Difference[] {
  const left = flatten(before.effective);
  const right = flatten(after.effective);
  const keys = [...new Set([...left.keys(), ...right.keys()])];
  return keys
    .map((key) => ({
      key,
      before: left.get(key) ?? MISSING,
      after: right.get(key) ?? MISSING,
    }))
    .filter((line) => line.before !== line.after);
}

function flatten(value: object, path = ''): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, entry] of Object.entries(value) as [string, unknown][]) {
    const here = path === '' ? key : `${path}.${key}`;
    if (Array.isArray(entry)) flat.set(here, entry.join(', '));
    else if (typeof entry === 'object' && entry !== null) {
      for (const [inner, text] of flatten(entry, here)) flat.set(inner, text);
    } else flat.set(here, String(entry));
  }
  return flat;
}

/** `0-4`, `1, 3`: seeds of a group, repeated ones once. */
export function seedsOf(heads: readonly RunSummary[]): number[] {
  return [...new Set(heads.map((head) => head.seed))].sort((a, b) => a - b);
}

/** `finished`, or `2 finished, 1 cut off` when they differ. */
export function tally(states: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  if (counts.size === 1) return states[0] ?? '';
  return [...counts].map(([state, number]) => `${number} ${state}`).join(', ');
}

/** `50`, or `12-50` when they differ. */
export function range(numbers: readonly number[]): string {
  const least = Math.min(...numbers);
  const most = Math.max(...numbers);
  return least === most ? String(most) : `${least}-${most}`;
}
