import type { StandAloneData } from '../data/stand-alone-data';
import type { Device } from '../engine/device';
import type { TrainingSnapshot } from '../engine/evaluation/training';
import type { StandAloneConfig } from '../paper/stand-alone';
import type { StandAloneEpoch, StandAloneResult } from '../trace/stand-alone';
import type { Environment } from '../trace/types';
import { isSameDevice } from './environment';
import { requireFinite } from './loop';
import type { CellTask } from './protocol';
import { trainCell } from './stand-alone-loop';

/** Everything that cells trained one after the other share. */
export interface CellCourse {
  readonly config: StandAloneConfig;
  /** See `standAloneDigest`. */
  readonly configDigest: string;
  readonly data: StandAloneData;
  readonly device: Device;
  readonly environment: Environment;
}

/** All that a training needs to go on behind its last finished epoch as if it had never stopped. */
export interface CellState {
  /** The cell in training, which may count as the one that is asked for. */
  readonly arch: string;
  readonly seed: number;
  readonly configDigest: string;
  readonly environment: Environment;
  /** Of training so far, without pauses. */
  readonly seconds: number;
  /** Finished ones, from 1. */
  readonly epochs: readonly StandAloneEpoch[];
  readonly snapshot: TrainingSnapshot;
}

export type CellProgress =
  /** Nothing is built yet; so many epochs were finished before. */
  | { readonly type: 'begin'; readonly epochs: number }
  | {
      readonly type: 'step';
      readonly epoch: number;
      readonly step: number;
      readonly seconds: number;
    }
  | {
      readonly type: 'epoch';
      readonly record: StandAloneEpoch;
      /**
       * Reads the state after this epoch back, before the next step is asked for.
       *
       * @throws NumericError at a weight that is not finite
       */
      readonly state: () => Promise<CellState>;
    }
  | { readonly type: 'testing' }
  | { readonly type: 'result'; readonly result: StandAloneResult };

/**
 * The training of a cell up to its result, as a sequence that the host pulls; see {@link trainCell}.
 *
 * @param kept what an earlier training of this cell left; it is gone on with where the same device left it
 * @param compiling hears of the GPU's pipelines, 0 to 1
 */
export async function* trainToResult(
  { config, configDigest, data, device, environment }: CellCourse,
  task: CellTask,
  kept: CellState | null,
  compiling: (share: number) => void = () => undefined,
): AsyncGenerator<CellProgress, void, void> {
  // Another device rounds otherwise: what it left is begun anew, so that a result is all of one.
  const from = kept !== null && isSameDevice(kept.environment, environment) ? kept : null;
  const cell = { arch: from?.arch ?? task.arch, seed: task.seed, configDigest };
  const epochs = [...(from?.epochs ?? [])];
  yield { type: 'begin', epochs: epochs.length };
  const start = from && { epoch: epochs.length, snapshot: from.snapshot };
  let seconds = from?.seconds ?? 0;
  let since = performance.now();
  for await (const told of trainCell({ ...cell, config, data, device, from: start, compiling })) {
    const elapsed = (performance.now() - since) / 1000;
    seconds += elapsed;
    if (told.type === 'step') yield { ...told, seconds: elapsed };
    else if (told.type === 'testing') yield told;
    else if (told.type === 'epoch') {
      const { record } = told;
      epochs.push(record);
      const state = async () => {
        const snapshot = await told.snapshot();
        requireFinite(snapshot.weights, `a weight after epoch ${record.epoch}`);
        return { ...cell, environment, seconds, epochs: [...epochs], snapshot };
      };
      yield { type: 'epoch', record, state };
    } else {
      const result = {
        ...cell,
        config,
        data: data.identity,
        environment,
        createdAt: new Date().toISOString(),
        seconds,
        epochs,
        testLoss: told.loss,
        testAccuracy: told.accuracy,
      };
      yield { type: 'result', result };
    }
    // What the host did meanwhile, a pause for one, is no part of the training.
    since = performance.now();
  }
}
