import { ARM_KEYS, type ArmKey } from '../../paper/experiment/arm';
import type { Job } from './plan';

/** Jobs of one scale that were asked for together. */
export interface BenchOrder {
  readonly scale: string;
  readonly jobs: readonly Job[];
}

/** An order as a note in the store. Uids are left out: what can be gone on with is looked up anew. */
export function writeOrder({ scale, jobs }: BenchOrder): string {
  return JSON.stringify({ scale, jobs: jobs.map(({ arm, seed }) => [arm, seed]) });
}

/** What {@link writeOrder} wrote; null for anything else, as by another version of the page. */
export function readOrder(note: unknown): BenchOrder | null {
  if (typeof note !== 'string') return null;
  let value: unknown;
  try {
    value = JSON.parse(note);
  } catch {
    return null;
  }
  const { scale, jobs } = (value ?? {}) as { readonly scale?: unknown; readonly jobs?: unknown };
  if (typeof scale !== 'string' || !Array.isArray(jobs)) return null;
  const read = jobs.map(readJob).filter((job) => job !== null);
  return read.length === jobs.length && read.length > 0 ? { scale, jobs: read } : null;
}

function readJob(value: unknown): Job | null {
  if (!Array.isArray(value)) return null;
  const [arm, seed] = value as unknown[];
  const known = (ARM_KEYS as readonly unknown[]).includes(arm);
  if (!known || !Number.isSafeInteger(seed) || (seed as number) < 0) return null;
  return { arm: arm as ArmKey, seed: seed as number, uid: null };
}
