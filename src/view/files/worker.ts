import { openStore, type Store } from '../../store/database';
import { writeCsv } from '../../trace/csv';
import { MAX_TRACE_BYTES, readTrace } from '../../trace/read';
import type { TraceRun } from '../../trace/types';
import { writeTrace } from '../../trace/write';
import type { FileAnswer, FileFormat, FileJob, FileResult, WrittenFile } from './job';

/* Reads and writes whole traces beside the thread that draws; see job.ts. */

self.addEventListener('message', ({ data }: MessageEvent<FileJob>) => {
  void answer(data).then((message) => self.postMessage(message));
});

async function answer(job: FileJob): Promise<FileAnswer> {
  try {
    return { ok: true, value: await done(job) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

async function done(job: FileJob): Promise<FileResult[keyof FileResult]> {
  switch (job.type) {
    case 'read':
      return (await readTrace(job.text)).runs;
    case 'import': {
      const { size } = job.file;
      if (size > MAX_TRACE_BYTES) {
        throw new Error(`it has ${size} bytes; at most ${MAX_TRACE_BYTES} are read.`);
      }
      const { runs } = await readTrace(await job.file.text());
      return withStore(job.database, (store) => store.importRuns(runs));
    }
    case 'export':
      return withStore(job.database, async (store) => {
        const runs = await Promise.all(job.uids.map((uid) => store.readRun(uid)));
        return written(
          runs.filter((run) => run !== null),
          job.format,
        );
      });
    case 'write':
      return written(job.runs, job.format);
  }
}

async function withStore<Result>(
  database: string,
  body: (store: Store) => Promise<Result>,
): Promise<Result> {
  const store = await openStore(database);
  try {
    return await body(store);
  } finally {
    store.close();
  }
}

function written(runs: readonly TraceRun[], format: FileFormat): WrittenFile {
  const blob =
    format === 'json'
      ? new Blob([writeTrace(runs)], { type: 'application/json' })
      : new Blob([writeCsv(runs)], { type: 'text/csv' });
  return { blob, names: [...new Set(runs.map(({ name }) => name))], runs: runs.length };
}
