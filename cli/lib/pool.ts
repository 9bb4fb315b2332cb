import { fileURLToPath } from 'node:url';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { SearchData } from '../../src/data/search-data';
import type { Device } from '../../src/engine/device';
import type { Checkpoint } from './checkpoint';
import { openHostDevice } from './host';
import { carryOutJob, type JobReport } from './job';
import type { Job } from './order';

/** A job and where it goes on; null for a new run. */
export interface Task {
  readonly job: Job;
  readonly from: Checkpoint | null;
}

/** Of the task at this position of the list. */
export type TaskReport =
  JobReport | { readonly type: 'start' } | { readonly type: 'failed'; readonly message: string };

export type Listener = (position: number, report: TaskReport) => void;

/** On one device of this thread, one task after the other. A task that fails does not stop the rest. */
export async function trainHere(
  tasks: readonly Task[],
  device: Device,
  data: SearchData,
  listen: Listener,
): Promise<void> {
  for (const [position, task] of tasks.entries()) {
    await carryOutTask(task, device, data, (report) => listen(position, report));
  }
}

/** Side by side on wasm, each worker thread with a backend of its own. */
export async function trainInThreads(
  tasks: readonly Task[],
  workers: number,
  data: SearchData,
  listen: Listener,
): Promise<void> {
  const queue = tasks.map((task, position) => ({ task, position }));
  await Promise.all(Array.from({ length: workers }, () => drain(queue, data, listen)));
}

interface Message {
  readonly report: TaskReport;
  /** Whether the task is over and the thread is free. */
  readonly over: boolean;
}

/** Keeps one thread busy until the queue is empty. */
function drain(
  queue: { task: Task; position: number }[],
  data: SearchData,
  listen: Listener,
): Promise<void> {
  return new Promise((resolve) => {
    let current = queue.shift();
    if (!current) return resolve();
    // The command's own bundle: below, it finds itself in a thread.
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: data });
    const next = () => {
      if (current) worker.postMessage(current.task);
      else void worker.terminate().then(() => resolve());
    };
    worker.on('message', ({ report, over }: Message) => {
      listen(current!.position, report);
      if (!over) return;
      current = queue.shift();
      next();
    });
    worker.on('error', (error) => {
      // The thread is gone; another takes up what is left.
      listen(current!.position, { type: 'failed', message: messageOf(error) });
      resolve(drain(queue, data, listen));
    });
    next();
  });
}

/** The body of a worker thread: tasks come as messages. The command calls it when it is one. */
export function serve(): void {
  const port = parentPort!;
  const data = workerData as SearchData;
  let device: Promise<Device> | null = null;
  const post = (message: Message) => port.postMessage(message);
  port.on('message', (task: Task) => {
    void (async () => {
      device ??= openHostDevice('wasm');
      let last: TaskReport = { type: 'failed', message: 'The backend could not be started.' };
      try {
        const opened = await device;
        await carryOutTask(task, opened, data, (report) => {
          if (report.type === 'done' || report.type === 'failed') last = report;
          else post({ report, over: false });
        });
      } catch (error) {
        last = { type: 'failed', message: messageOf(error) };
      }
      post({ report: last, over: true });
    })();
  });
}

async function carryOutTask(
  { job, from }: Task,
  device: Device,
  data: SearchData,
  report: (report: TaskReport) => void,
): Promise<void> {
  report({ type: 'start' });
  try {
    await carryOutJob(job, device, data, from, report);
  } catch (error) {
    report({ type: 'failed', message: messageOf(error) });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
