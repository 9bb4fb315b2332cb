import { readFile } from 'node:fs/promises';
import { F16_STORAGE } from '../../src/engine/device';
import type { DataIdentity } from '../../src/trace/types';
import { firstDifference } from '../../src/trace/compare';
import { configDigest } from '../../src/trace/digest';
import { readTrace } from '../../src/trace/read';
import type { TraceRun } from '../../src/trace/types';
import { checkpointFile, CheckpointError, readCheckpoint, removeCheckpoint } from './checkpoint';
import { isMissing } from './files';
import { UsageError } from './flags';
import type { Job, Order } from './order';
import type { Task } from './pool';

/**
 * What is still to be trained, by what lies in the folder. Nothing there is overwritten: a finished
 * trace is passed over, and a file that does not fit is an error.
 *
 * @param say hears of every run that is passed over
 * @throws UsageError naming the flag that leads out
 */
export async function openTasks(
  order: Order,
  data: DataIdentity,
  say: (line: string) => void,
): Promise<Task[]> {
  const tasks: Task[] = [];
  for (const job of order.jobs) {
    const digest = await configDigest({ config: job.config, data });
    if (await isFinished(job, digest)) {
      say(`${job.label}, seed ${job.seed}: ${job.file} is finished already`);
      await removeCheckpoint(checkpointFile(job.file));
    } else tasks.push({ job, from: await findCheckpoint(job, data, order) });
  }
  return tasks;
}

async function isFinished(job: Job, digest: string): Promise<boolean> {
  const { file, seed } = job;
  let run: TraceRun | undefined;
  try {
    run = (await readTrace(await readFile(file, 'utf8'))).runs[0];
  } catch (error) {
    if (isMissing(error)) return false;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--out: ${file} is there and is no trace of ours: ${reason}`);
  }
  if (run?.state === 'finished' && run.seed === seed && run.configDigest === digest) return true;
  const difference = firstDifference(run?.config, job.config);
  const why = difference ? differing(difference) : 'it is not finished or has other images';
  throw new UsageError(
    `--out: ${file} holds another run: ${why}. Choose another folder, or move the file away.`,
  );
}

async function findCheckpoint(
  job: Job,
  data: DataIdentity,
  { backend, half, resume }: Order,
): Promise<Task['from']> {
  const file = checkpointFile(job.file);
  let checkpoint: Task['from'];
  try {
    checkpoint = await readCheckpoint(file);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new UsageError(`--resume: ${error.message} Delete the file to begin anew.`);
  }
  if (!checkpoint) return null;
  const { head, epochs } = checkpoint;
  if (!resume) {
    throw new UsageError(
      `--resume: ${file} holds a run that was interrupted after epoch ${epochs.length}. ` +
        'Add --resume to go on with it, or delete the file to begin anew.',
    );
  }
  const there = {
    seed: head.seed,
    backend: head.environment.backend,
    half: head.environment.options?.includes(F16_STORAGE) ?? false,
    config: head.config,
    data: head.data,
  };
  const here = { seed: job.seed, backend, half, config: job.config, data };
  const difference = firstDifference(there, here);
  if (!difference) return checkpoint;
  throw new UsageError(
    `--resume: ${file} belongs to another configuration: ${differing(difference)}. ` +
      'Start with the flags of that run, or delete the file to begin anew.',
  );
}

function differing({ path, a, b }: NonNullable<ReturnType<typeof firstDifference>>): string {
  return `its ${path} is ${JSON.stringify(a)}, wanted ${JSON.stringify(b)}`;
}
