/** How a job in a worker of its own ends without a result. */
export interface Ends<Result> {
  readonly done: (result: Result) => void;
  readonly fail: (error: Error) => void;
}

/**
 * Has a worker do one job: nothing else lies in its memory, and it ends with the job, which gives the
 * memory back.
 *
 * @param hear everything that the worker says; it settles the promise
 * @param broken the error for a worker that died, with the browser's words
 * @param signal ends the worker at once; the promise then rejects with its reason
 */
export function inOwnWorker<Answer, Result>(
  worker: Worker,
  job: object,
  hear: (answer: Answer, ends: Ends<Result>) => void,
  broken: (detail: string) => Error,
  signal: AbortSignal,
): Promise<Result> {
  const ended = new Promise<Result>((resolve, reject) => {
    const ends: Ends<Result> = { done: resolve, fail: reject };
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => hear(data, ends));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      reject(broken(event.message || 'it could not be loaded'));
    });
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    worker.postMessage(job);
  });
  return ended.finally(() => worker.terminate());
}
