import type { FileAnswer, FileJob, FileResult } from './job';

/**
 * Does one job in a worker of its own, which ends with it.
 *
 * @throws Error with the reason in words: a wrong place in a trace, a full store, a dead worker.
 */
export function doFileJob<Type extends FileJob['type']>(
  job: FileJob & { readonly type: Type },
): Promise<FileResult[Type]> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    type: 'module',
    name: 'files',
  });
  return new Promise<FileResult[Type]>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<FileAnswer>) => {
      if (data.ok) resolve(data.value as FileResult[Type]);
      else reject(new Error(data.message));
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      reject(new Error(event.message || 'The part of the page that reads files did not load.'));
    });
    worker.postMessage(job);
  }).finally(() => worker.terminate());
}
