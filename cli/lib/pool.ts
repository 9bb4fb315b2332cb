import type { SearchData } from '../../src/data/search-data';
import type { Device } from '../../src/engine/device';
import type { Checkpoint } from './checkpoint';
import { carryOutJob, type JobReport } from './job';
import type { Job } from './order';
import { messageOf, serveThread, workInThreads } from './threads';

/** A job and where it goes on; null for a new run. */
export interface Task {
  readonly job: Job;
  readonly from: Checkpoint | null;
}

type RunReport = JobReport | { readonly type: 'start' };

/** Of the task at this position of the list. */
export type TaskReport = RunReport | { readonly type: 'failed'; readonly message: string };

export type Listener = (position: number, report: TaskReport) => void;

/** On one device of this thread, one task after the other. A task that fails does not stop the rest. */
export async function trainHere(
  tasks: readonly Task[],
  device: Device,
  data: SearchData,
  listen: Listener,
): Promise<void> {
  for (const [position, task] of tasks.entries()) {
    try {
      await carryOutTask(task, device, data, (report) => listen(position, report));
    } catch (error) {
      listen(position, { type: 'failed', message: messageOf(error) });
    }
  }
}

/** Side by side on wasm, each worker thread with a backend of its own. */
export async function trainInThreads(
  tasks: readonly Task[],
  workers: number,
  data: SearchData,
  listen: Listener,
): Promise<void> {
  const queue = [...tasks];
  const next = () => queue.shift();
  await workInThreads<Task, RunReport>(workers, data, next, (task, told) => {
    const position = tasks.indexOf(task);
    if (told.type === 'report') listen(position, told.report);
    else if (told.failure !== null) listen(position, { type: 'failed', message: told.failure });
  });
}

/** The body of a worker thread. The command calls it when it is one. */
export function serve(): void {
  serveThread(carryOutTask);
}

function carryOutTask(
  { job, from }: Task,
  device: Device,
  data: SearchData,
  report: (report: RunReport) => void,
): Promise<void> {
  report({ type: 'start' });
  return carryOutJob(job, device, data, from, report);
}
