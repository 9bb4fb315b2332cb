import { ONE_SHOT_KEYS, type OneShotKey } from '../../paper/space/space';
import { SCHEDULE_KEYS, type ScheduleKey } from '../../paper/stand-alone';
import type { CellOrder, CellTask } from '../../trainer/protocol';

/** An order of cells as a note in the store. */
export function writeOrder({ schedule, space, scale, cells }: CellOrder): string {
  return JSON.stringify({
    schedule,
    space,
    scale,
    cells: cells.map(({ arch, seed }) => [arch, seed]),
  });
}

/** What {@link writeOrder} wrote; null for anything else, as by another version of the page. */
export function readOrder(note: unknown): CellOrder | null {
  if (typeof note !== 'string') return null;
  let value: unknown;
  try {
    value = JSON.parse(note);
  } catch {
    return null;
  }
  const { schedule, space, scale, cells } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const known = (SCHEDULE_KEYS as readonly unknown[]).includes(schedule);
  const isSpace = space === undefined || (ONE_SHOT_KEYS as readonly unknown[]).includes(space);
  if (!known || !isSpace || typeof scale !== 'string' || !Array.isArray(cells)) return null;
  const read = cells.map(readTask).filter((task) => task !== null);
  if (read.length !== cells.length || read.length === 0) return null;
  return {
    schedule: schedule as ScheduleKey,
    ...(space !== undefined && { space: space as OneShotKey }),
    scale,
    cells: read,
  };
}

function readTask(value: unknown): CellTask | null {
  if (!Array.isArray(value)) return null;
  const [arch, seed] = value as unknown[];
  if (typeof arch !== 'string' || !Number.isSafeInteger(seed) || (seed as number) < 0) return null;
  return { arch, seed: seed as number };
}
