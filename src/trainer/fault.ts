import { DataError } from '../data/error';
import { DeviceError } from '../engine/device';
import { GenotypeError } from '../paper/genotype';
import { ScaleError } from '../paper/scale';
import { StorageError } from '../store/error';
import { ForkError } from './fork';
import { NumericError } from './loop';
import { MemoryRefusal } from './memory-refusal';
import type { Estimate, FaultKind } from './protocol';

/** What to tell the page of an error. */
export function faultOf(error: unknown): { readonly kind: FaultKind; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: kindOf(error), message };
}

/** What to tell of an estimate that did not come: a wrong order stays wrong; a server or a GPU may come back. */
export function estimateFault(error: unknown): Partial<Pick<Estimate, 'refusal' | 'failure'>> {
  const { kind, message } = faultOf(error);
  return kind === 'config' ? { refusal: message } : { failure: message };
}

function kindOf(error: unknown): FaultKind {
  if (error instanceof DeviceError) return error.kind;
  if (error instanceof NumericError) return 'nan';
  if (error instanceof StorageError) return error.kind === 'blocked' ? 'outdated' : 'storage';
  if (error instanceof DataError) return 'data';
  if (error instanceof MemoryRefusal) return 'memory';
  if (error instanceof ForkError) return 'config';
  if (error instanceof ScaleError || error instanceof GenotypeError) return 'config';
  if (error instanceof RangeError) return 'config';
  return 'unknown';
}
