import { spaceOfArch } from '../paper/space/registry';
import type { StandAloneEpoch, StandAloneResult } from '../trace/stand-alone';
import type { Environment } from '../trace/types';
import { storableTensors, type Tensors } from './checkpoint';
import { refused } from './error';

/**
 * What is trained once: cells that count as one (`SearchSpace.form`), a configuration with its data
 * (`standAloneDigest`) and a seed.
 */
export type CellKey = [form: string, configDigest: string, seed: number];

export type StoredCell = StandAloneResult;

/** All that the training of a cell needs to go on after a finished epoch as if it had never stopped. */
export interface CellCheckpoint {
  /** The cell in training, which may be isomorphic to the one that is asked for. */
  readonly arch: string;
  readonly seed: number;
  readonly configDigest: string;
  /** What computed it: a result is all of one. */
  readonly environment: Environment;
  /** Wall clock so far. */
  readonly seconds: number;
  /** Finished epochs, in order. */
  readonly epochs: readonly StandAloneEpoch[];
  readonly tensors: Tensors;
}

/** @throws GenotypeError when the string is no cell of any space */
export function cellKey(cell: Pick<StoredCell, 'arch' | 'configDigest' | 'seed'>): CellKey {
  return [spaceOfArch(cell.arch).form(cell.arch), cell.configDigest, cell.seed];
}

/**
 * The checkpoint as it should be written.
 *
 * @throws StorageError `refused` when training could not go on from it
 */
export function storableCheckpoint(checkpoint: CellCheckpoint): CellCheckpoint {
  const { arch, epochs, tensors } = checkpoint;
  if (epochs.some(({ epoch }, at) => epoch !== at + 1)) {
    throw refused(`The epochs of the checkpoint of ${arch} have a gap.`);
  }
  return { ...checkpoint, tensors: storableTensors(tensors) };
}
