import { openStore, type Store } from '../../store/database';
import { importEverything, readEverything } from '../../store/everything';
import { tableHead } from '../../store/stored-table';
import { readImport } from '../../trace/archive';
import { writeArchive } from '../../trace/archive-write';
import { writeCsv } from '../../trace/csv';
import { withFigureData } from '../../trace/figure';
import { readRunFile } from '../../trace/run-file';
import type { TraceRun } from '../../trace/types';
import { readTraceBlob } from '../../trace/unpack';
import { writeTrace } from '../../trace/write';
import { scaledTableIn, tableIn } from './table-file';
import { packed } from '../experiments/bench-data';
import type {
  FileAnswer,
  FileFormat,
  FileJob,
  FileResult,
  WrittenEverything,
  WrittenFile,
} from './job';

/* Reads and writes whole files beside the thread that draws; see job.ts. */

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
      return (await readRunFile(job.file)).runs;
    case 'import': {
      const { archive, refusals, view } = await readImport(job.file);
      const imported = await withStore(job.database, (store) => importEverything(store, archive));
      return { ...imported, refusals: refusals.map(({ message }) => message), view };
    }
    case 'export-all':
      return withStore(job.database, everything);
    case 'export':
      return withStore(job.database, async (store) =>
        written(await readRuns(store, job.uids), job.format),
      );
    case 'bench':
      return withStore(job.database, async (store) => packed(await readRuns(store, job.uids)));
    case 'write':
      return written(job.runs, job.format);
    case 'figure':
      return figure(job);
    case 'import-table': {
      const table = await tableIn(job.file);
      const added = await withStore(job.database, (store) => store.tables.put(table));
      return { head: tableHead(table), added };
    }
    case 'shipped-table':
      return scaledTableIn(job.file, 'this page');
  }
}

async function figure(job: Extract<FileJob, { type: 'figure' }>): Promise<Blob> {
  const { svg, view, uids, database, files, runs } = job;
  const stored =
    database === null ? [] : await withStore(database, (store) => readRuns(store, uids));
  const read = await Promise.all(files.map((file) => readTraceBlob(file)));
  const all = [...stored, ...runs, ...read.flatMap((file) => file.runs)];
  const wanted = uids.map((uid) => {
    const run = all.find((one) => one.uid === uid);
    if (run === undefined) throw new Error(`Run ${uid} of this figure is not here any more.`);
    return run;
  });
  return new Blob([await withFigureData(svg, wanted, view)], { type: 'image/svg+xml' });
}

async function readRuns(store: Store, uids: readonly string[]): Promise<TraceRun[]> {
  const runs = await Promise.all(uids.map((uid) => store.readRun(uid)));
  return runs.filter((run) => run !== null);
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

async function everything(store: Store): Promise<WrittenEverything> {
  const archive = await readEverything(store);
  const { blob, leftOut } = await writeArchive(archive);
  const { runs, cells, tables, checkpoints, cellCheckpoints } = archive;
  return {
    blob: await gzipped(blob),
    runs: runs.length,
    cells: cells.length,
    tables: tables.length,
    checkpoints: checkpoints.length + cellCheckpoints.length - leftOut,
    leftOut,
  };
}

async function written(runs: readonly TraceRun[], format: FileFormat): Promise<WrittenFile> {
  return {
    blob: await blobOf(runs, format),
    names: [...new Set(runs.map(({ name }) => name))],
    runs: runs.length,
  };
}

async function blobOf(runs: readonly TraceRun[], format: FileFormat): Promise<Blob> {
  if (format === 'csv') return new Blob([writeCsv(runs)], { type: 'text/csv' });
  const json = new Blob([writeTrace(runs)], { type: 'application/json' });
  return format === 'json' ? json : gzipped(json);
}

async function gzipped(blob: Blob): Promise<Blob> {
  const bytes = new Response(blob.stream().pipeThrough(new CompressionStream('gzip')));
  return new Blob([await bytes.arrayBuffer()], { type: 'application/gzip' });
}
