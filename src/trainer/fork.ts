import type { SearchData } from '../data/search-data';
import type { Device } from '../engine/device';
import { planMemory } from '../engine/memory-plan';
import type { SearchSnapshot } from '../engine/snapshot';
import { spaceOf } from '../paper/space/registry';
import type { Checkpoint } from '../store/checkpoint';
import { jointEpochs } from '../trace/bench-run';
import { compareEpochs, EXACT } from '../trace/compare';
import { comparisonWords } from '../trace/compare-words';
import { configDigest } from '../trace/digest';
import { forkRefusal } from '../trace/fork';
import { changeWords } from '../trace/toggle';
import type { Environment, EpochRecord, RunHead, TraceRun } from '../trace/types';
import { snapshotOf } from './checkpoint';
import { trainRun, type ResumePoint } from './loop';
import { MemoryRefusal, memoryRefusal } from './memory-refusal';

/** A run that cannot be forked here, and why. */
export class ForkError extends Error {
  override readonly name = 'ForkError';
}

/** What is known of a run that is forked. */
export type ForkedRun = Omit<TraceRun, 'digest'>;

/** @throws ForkError when the run cannot branch off after this epoch, wherever it is trained */
export async function requireForkable(run: ForkedRun, epoch: number): Promise<void> {
  const refusal = forkRefusal(run, run.epochs.length, epoch);
  if (refusal !== null) throw new ForkError(`The run ${refusal}.`);
  if ((await configDigest(run)) !== run.configDigest) {
    throw new ForkError('The run was made under an older version of the science.');
  }
}

/**
 * @throws ForkError when branches that are trained on this device would not be the run's
 * @throws MemoryRefusal when they do not fit it
 */
export function requireOwnDevice({ config, environment }: ForkedRun, device: Device): void {
  const wrong = deviceRefusal(environment, device);
  if (wrong !== null) throw new ForkError(wrong);
  const { bytes, largest } = planMemory(config.effective, device);
  const tooLarge = memoryRefusal(device, bytes, largest);
  if (tooLarge !== null) throw new MemoryRefusal(tooLarge);
}

export interface ForkPoint {
  readonly run: ForkedRun;
  /** Epochs that the branches have in common. */
  readonly epoch: number;
  /** The run's latest, if it has one: of use where it is not past the epoch. */
  readonly checkpoint: Checkpoint | null;
  readonly device: Device;
  readonly data: SearchData;
  /** Told of every epoch that is to be trained again. */
  readonly report: (epoch: number) => void;
  /** Lets messages in between two steps; false when they say to stop. */
  readonly mayGoOn: () => Promise<boolean>;
}

/**
 * The state of a run after an epoch: that of its checkpoint if this is where it stands, else trained
 * again from there, or from the start. Every epoch that is trained again is compared with the run's own.
 *
 * @returns null when it was stopped.
 * @throws ForkError when an epoch comes out otherwise, even by a bit.
 */
export async function stateAfter(point: ForkPoint): Promise<SearchSnapshot | null> {
  const { run, epoch, device, data } = point;
  const { seed, config, toggles } = run;
  const from = startOf(point);
  if (from?.epoch === epoch) return from.snapshot;
  for await (const progress of trainRun({
    seed,
    config,
    data,
    device,
    from,
    toggles: () => toggles,
  })) {
    if (progress.type === 'ready' && epoch === 0) return progress.snapshot;
    if (progress.type === 'epoch-start') point.report(progress.epoch);
    if (progress.type === 'step' && !(await point.mayGoOn())) return null;
    if (progress.type !== 'epoch') continue;
    requireSame(run, progress.record);
    if (progress.record.epoch === epoch) return progress.snapshot;
  }
  throw new ForkError(`The run ended before epoch ${epoch}.`);
}

/** Where training again can start without passing the epoch; null for the beginning. */
function startOf({ run, epoch, checkpoint }: ForkPoint): ResumePoint | null {
  if (checkpoint === null || checkpoint.epoch > epoch) return null;
  const joint = jointEpochs(run.epochs.slice(0, checkpoint.epoch));
  return { epoch: checkpoint.epoch, joint, snapshot: snapshotOf(checkpoint) };
}

function requireSame({ config, epochs, environment }: ForkedRun, record: EpochRecord): void {
  const { effective } = config;
  const before = [epochs[record.epoch - 1]!];
  const space = spaceOf(effective);
  const { epochs: found } = compareEpochs(before, [record], effective.ops, EXACT, space);
  const [first] = found;
  if (first!.verdict === 'equal') return;
  throw new ForkError(
    `Epoch ${record.epoch} came out otherwise than in the run (${comparisonWords(first!)}), so that ` +
      `branches would not start where it was. It was trained by ${environment.build}.`,
  );
}

/** The head of a branch, of that of a run that was just begun. */
export function branchHead(
  head: RunHead,
  { toggles, fork }: Required<Pick<RunHead, 'toggles' | 'fork'>>,
): RunHead {
  const { change, epoch, parent } = fork;
  const words = changeWords(change) || 'no change';
  const detail = `fork of run ${parent} at epoch ${epoch}, ${words}, on ${head.environment.backend}`;
  return {
    ...head,
    name: `${head.name.slice(0, 100)}, forked at ${epoch}: ${words}`,
    toggles,
    fork,
    events: [{ kind: 'started', epoch, at: head.createdAt, detail }],
  };
}

/** Why branches that are trained here would not be those of a run; null when they would. */
function deviceRefusal(
  { backend, adapter, code, options = [] }: Environment,
  device: Pick<Device, 'name' | 'adapter' | 'code' | 'options'>,
): string | null {
  const onGpu = backend === 'webgpu';
  const same =
    device.name === backend &&
    (code ?? device.code) === device.code &&
    // WebAssembly gives the same bits everywhere; GPUs round each in their own way.
    (!onGpu || (adapter === device.adapter && options.join() === device.options.join()));
  if (same) return null;
  const there = `${backend} (${[adapter, ...options].join(', ')})`;
  const here = `${device.name} (${[device.adapter, ...device.options].join(', ')})`;
  return (
    `The run was trained on ${there}, and here it would be ${here}, which rounds differently: ` +
    'its epochs would not come out the same to the bit, and the branches would not start where it was. ' +
    'Train the same configuration and seed here, and fork that run.'
  );
}
