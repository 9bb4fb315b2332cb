import { stat } from 'node:fs/promises';
import type { SearchData } from '../../src/data/search-data';
import type { Device } from '../../src/engine/device';
import { deviations } from '../../src/paper/deviations';
import { rateAt } from '../../src/paper/schedule';
import { endWords } from '../../src/paper/stop/early-stop';
import type { Stop } from '../../src/paper/stop/stop';
import { jointEpochs } from '../../src/trace/bench-run';
import { configDigest, runDigest } from '../../src/trace/digest';
import type { EpochRecord, RunEvent, RunHead, TraceRun } from '../../src/trace/types';
import { writeTrace } from '../../src/trace/write';
import { trainRun } from '../../src/trainer/loop';
import { checkpointFile, removeCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint';
import { environmentOf } from '../../src/trainer/environment';
import { writeWhole } from './files';
import type { Job } from './order';

/** What a job tells while it trains. */
export type JobReport =
  | { readonly type: 'step'; readonly epoch: number; readonly step: number }
  | { readonly type: 'epoch'; readonly record: EpochRecord }
  | { readonly type: 'done'; readonly bytes: number; readonly digest: string };

/**
 * Trains one run to its end. After every epoch the checkpoint is replaced; with the last one the trace
 * is written and the checkpoint goes.
 *
 * @param from where an interrupted run goes on; its uid and its dates are kept
 */
export async function carryOutJob(
  job: Job,
  device: Device,
  data: SearchData,
  from: Checkpoint | null,
  report: (report: JobReport) => void,
): Promise<void> {
  const { config, seed, file } = job;
  const head = from ? resumedHead(from, device) : await newHead(job, device, data);
  const epochs = [...(from?.epochs ?? [])];
  let stop: Stop | null = null;
  const loop = trainRun({
    seed,
    config,
    data,
    device,
    from: from && {
      epoch: epochs.length,
      joint: jointEpochs(epochs),
      snapshot: from.snapshot,
    },
    toggles: () => [],
  });
  for await (const progress of loop) {
    if (progress.type === 'step') {
      report({ type: 'step', epoch: progress.epoch, step: progress.step });
    }
    if (progress.type === 'epoch') {
      const { record, snapshot, last } = progress;
      requireRates(job, record);
      epochs.push(record);
      if (last) stop = progress.stop;
      else await writeCheckpoint(checkpointFile(file), { head, epochs, snapshot });
      report({ type: 'epoch', record });
    }
    await breathe();
  }
  const finished = newEvent('finished', epochs.length, endWords(epochs.length, stop));
  const run: Omit<TraceRun, 'digest'> = {
    ...head,
    state: 'finished',
    events: [...head.events, finished],
    epochs,
  };
  const digest = await runDigest(run);
  await writeWhole(file, [writeTrace([{ ...run, digest }])]);
  await removeCheckpoint(checkpointFile(file));
  report({ type: 'done', bytes: (await stat(file)).size, digest });
}

async function newHead(job: Job, device: Device, data: SearchData): Promise<RunHead> {
  const { config, seed, label } = job;
  const started = newEvent('started', 0, `seed ${seed} on ${device.name}`);
  return {
    uid: crypto.randomUUID(),
    name: label,
    seed,
    createdAt: started.at,
    state: 'running',
    config,
    configDigest: await configDigest({ config, data: data.identity }),
    deviations: deviations(config),
    environment: environmentOf(device, __BUILD__),
    data: data.identity,
    toggles: [],
    events: [started],
  };
}

function resumedHead({ head, epochs }: Checkpoint, device: Device): RunHead {
  const { code } = head.environment;
  if (code !== device.code) {
    throw new Error(
      `Its checkpoint was trained by ${code ?? 'unknown'} kernels; here are ${device.code} kernels, ` +
        'which would not go on to the same bits.',
    );
  }
  const { length } = epochs;
  const events = [
    newEvent('interrupted', length, `cut off after epoch ${length}`),
    newEvent('resumed', length, `from the checkpoint of epoch ${length} on ${device.name}`),
  ];
  return { ...head, events: [...head.events, ...events] };
}

function newEvent(kind: RunEvent['kind'], epoch: number, detail: string): RunEvent {
  return { kind, epoch, at: new Date().toISOString(), detail };
}

/** A trace must not claim rates by which it was not trained. */
function requireRates({ config: { effective } }: Job, record: EpochRecord): void {
  const { weights, alpha, warmup, epochs } = effective;
  const expected = [rateAt(weights, record.epoch - 1 - warmup, epochs), alpha.rate];
  const got = [record.rateWeights, record.rateAlpha];
  if (expected.every((rate, i) => rate === got[i])) return;
  throw new Error(
    `The run loop trained weights and alpha by the rates ${got.join(' and ')}; ` +
      `the configuration says ${expected.join(' and ')}.`,
  );
}

/** Lets signals and messages in between two steps. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
