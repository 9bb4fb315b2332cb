import { isMainThread } from 'node:worker_threads';
import { formatSeeds } from '../src/paper/seeds';
import { carryOut, UsageError } from './lib/flags';
import { requireWritable } from './lib/files';
import { loadData, openHostDevice } from './lib/host';
import { openTasks } from './lib/inventory';
import { readOrder, SEARCH, type Order } from './lib/order';
import { serve, trainHere, trainInThreads, type TaskReport } from './lib/pool';
import { Progress } from './lib/progress';

/* `npm run search`: the page's run loop in Node, one trace file per seed. */

/** By which a shell reports a program that SIGINT ended. */
const INTERRUPTED = 130;

async function search(order: Order): Promise<number> {
  const { jobs, shard, backend, half, workers, out } = order;
  try {
    await requireWritable(out);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--out: ${out} cannot be written to: ${reason}`);
  }
  if (shard !== null) {
    const { part, count, source } = shard;
    const runs = `${jobs.length} ${jobs.length === 1 ? 'run' : 'runs'}`;
    console.log(`Part ${part} of ${count}, by ${source}: ${runs}`);
  }
  const { scale } = jobs[0]!.config.effective;
  const data = await loadData(scale);
  const tasks = await openTasks(order, data.identity, console.log);
  if (tasks.length === 0) return 0;

  const seeds = [...new Set(tasks.map(({ job }) => job.seed))];
  const labels = [...new Set(tasks.map(({ job }) => job.label))];
  const progress = new Progress(
    tasks.map(({ job, from }) => ({ job, before: from?.epochs.length ?? 0 })),
    process.stdout,
  );
  const start = (adapter: string) =>
    progress.say(
      `${labels.join('; ')}: scale ${scale.name}, seeds ${formatSeeds(seeds)}, ${adapter}`,
    );
  onInterrupt(() => {
    progress.clear();
    console.error(`Interrupted. Finished epochs are kept; to go on with them: ${resumeCommand()}`);
  });
  let failures = 0;
  const listen = (position: number, report: TaskReport) => {
    if (report.type === 'failed') failures += 1;
    progress.hear(position, report);
  };
  if (backend === 'wasm') {
    const threads = Math.min(workers, tasks.length);
    start(`wasm in ${threads} ${threads === 1 ? 'thread' : 'threads'}`);
    await trainInThreads(tasks, threads, data, listen);
  } else {
    const device = await openHostDevice(backend, { half });
    start([`${backend} on ${device.adapter}`, ...device.options].join(', '));
    await trainHere(tasks, device, data, listen);
    device.close();
  }
  if (failures > 0) console.error(`${failures} of ${tasks.length} runs failed.`);
  return failures > 0 ? 1 : 0;
}

/** Every finished epoch is on the disk already, so there is nothing to wait for. */
function onInterrupt(last: () => void): void {
  process.once('SIGINT', () => {
    last();
    process.exit(INTERRUPTED);
  });
}

/** The command as it was written, with `--resume`. */
function resumeCommand(): string {
  const flags = process.argv.slice(2).filter((flag) => flag !== '--resume');
  const quoted = [...flags, '--resume'].map((flag) =>
    /^[\w./,:=@%+-]+$/.test(flag) ? flag : `'${flag.replaceAll("'", "'\\''")}'`,
  );
  return `npm run search -- ${quoted.join(' ')}`;
}

if (isMainThread) await carryOut(SEARCH, async (given) => search(await readOrder(given)));
else serve();
