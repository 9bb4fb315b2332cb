import { fileURLToPath } from 'node:url';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { Device } from '../../src/engine/device';
import { openHostDevice } from './host';

/** What a task in a thread tells; `over` comes last, and the thread is free. */
export type ThreadReport<Report> =
  | { readonly type: 'report'; readonly report: Report }
  /** @param failure why it was not done; null when it was */
  | { readonly type: 'over'; readonly failure: string | null };

/**
 * Side by side on wasm, each worker thread with a backend of its own. A task that fails does not stop
 * the rest.
 *
 * @param data handed to every thread once
 * @param next the next task; undefined: there is none, and a thread that asks ends
 */
export async function workInThreads<Task, Report>(
  workers: number,
  data: unknown,
  next: () => Task | undefined,
  listen: (task: Task, report: ThreadReport<Report>) => void,
): Promise<void> {
  await Promise.all(Array.from({ length: workers }, () => drain(data, next, listen)));
}

/** Keeps one thread busy until there is no task. */
function drain<Task, Report>(
  data: unknown,
  next: () => Task | undefined,
  listen: (task: Task, report: ThreadReport<Report>) => void,
): Promise<void> {
  return new Promise((resolve) => {
    let current = next();
    if (current === undefined) return resolve();
    // The command's own bundle: below, it finds itself in a thread.
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: data });
    const post = () => {
      if (current !== undefined) worker.postMessage(current);
      else void worker.terminate().then(() => resolve());
    };
    worker.on('message', (report: ThreadReport<Report>) => {
      listen(current!, report);
      if (report.type !== 'over') return;
      current = next();
      post();
    });
    worker.on('error', (error) => {
      // The thread is gone; another takes up what is left.
      listen(current!, { type: 'over', failure: messageOf(error) });
      resolve(drain(data, next, listen));
    });
    post();
  });
}

/** The body of a worker thread: tasks come as messages. The command calls it when it is one. */
export function serveThread<Task, Data, Report>(
  carryOut: (
    task: Task,
    device: Device,
    data: Data,
    report: (report: Report) => void,
  ) => Promise<void>,
): void {
  const port = parentPort!;
  const data = workerData as Data;
  let device: Promise<Device> | null = null;
  const post = (message: ThreadReport<Report>) => port.postMessage(message);
  port.on('message', (task: Task) => {
    void (async () => {
      device ??= openHostDevice('wasm');
      try {
        await carryOut(task, await device, data, (report) => post({ type: 'report', report }));
        post({ type: 'over', failure: null });
      } catch (error) {
        post({ type: 'over', failure: messageOf(error) });
      }
    })();
  });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
