import { TraceError } from '../../trace/error';
import type { TraceRun } from '../../trace/types';
import { count } from '../format';
import type { Library } from './library.svelte';
import type { Notices } from './notices.svelte';
import type { Toasts } from './toasts.svelte';

/** Runs in and out of the browser as files. */
export class Transfer {
  readonly #library: Library;
  readonly #toasts: Toasts;
  readonly #notices: Notices;

  /** A file is being read or written. */
  busy = $state(false);

  constructor(library: Library, toasts: Toasts, notices: Notices) {
    this.#library = library;
    this.#toasts = toasts;
    this.#notices = notices;
  }

  /** Downloads these runs as `alphascope-<name>.json`; a recording when there are none. */
  async exportJson(uids: readonly string[]): Promise<void> {
    await this.#export(uids, 'json', 'application/json', async (runs) => {
      const { writeTrace } = await import('../../trace/write');
      return writeTrace(runs);
    });
  }

  /** The same numbers as a flat table, one row per run, epoch, edge and operation. */
  async exportCsv(uids: readonly string[]): Promise<void> {
    await this.#export(uids, 'csv', 'text/csv', async (runs) => {
      const { writeCsv } = await import('../../trace/csv');
      return writeCsv(runs);
    });
  }

  /** Imports trace files; what is wrong with one is told and the others still count. */
  async import(files: readonly File[]): Promise<void> {
    if (files.length === 0) return;
    const problems: string[] = [];
    const total = { added: 0, known: [] as string[], conflicting: [] as string[] };
    this.busy = true;
    for (const file of files) {
      try {
        const result = await this.#importFile(file);
        total.added += result.added.length;
        total.known.push(...result.known);
        total.conflicting.push(...result.conflicting);
      } catch (error) {
        problems.push(`${file.name}: ${reasonOf(error)}`);
      }
    }
    this.busy = false;
    for (const uid of total.conflicting) {
      problems.push(`Run ${uid} is here with other numbers; the one here was kept.`);
    }
    if (problems.length === 0) this.#notices.clear('import');
    else this.#notices.show('import', 'Not everything could be imported', problems);
    if (problems.length === 0 || total.added > 0 || total.known.length > 0) {
      this.#toasts.show(summary(total.added, total.known));
    }
  }

  async #importFile(file: File) {
    const { readTrace, MAX_TRACE_BYTES } = await import('../../trace/read');
    if (file.size > MAX_TRACE_BYTES) {
      throw new Error(`is ${file.size} bytes; at most ${MAX_TRACE_BYTES} are read.`);
    }
    const { runs } = await readTrace(await file.text());
    return this.#library.import(runs);
  }

  async #export(
    uids: readonly string[],
    extension: string,
    type: string,
    write: (runs: readonly TraceRun[]) => Promise<string>,
  ): Promise<void> {
    this.busy = true;
    try {
      const runs =
        uids.length > 0 ? await this.#library.read(uids) : (this.#library.recording?.runs ?? []);
      if (runs.length === 0) {
        this.#toasts.show('There is no run to export yet.');
        return;
      }
      save(fileName(runs, extension), type, await write(runs));
      this.#notices.clear('import');
      this.#toasts.show(`Exported ${count(runs.length, 'run')}.`);
    } catch (error) {
      this.#notices.show('import', 'The export failed', [reasonOf(error)]);
    } finally {
      this.busy = false;
    }
  }
}

function summary(added: number, known: readonly string[]): string {
  const parts = [added === 0 ? 'No new run' : `Imported ${count(added, 'run')}`];
  if (known.length > 0) {
    const names = known.slice(0, 3).join(', ') + (known.length > 3 ? ', …' : '');
    parts.push(`${count(known.length, 'run')} already here (${names})`);
  }
  return `${parts.join('; ')}.`;
}

function reasonOf(error: unknown): string {
  // A TraceError says where in the file, in words.
  if (error instanceof TraceError || error instanceof Error) return error.message;
  return String(error);
}

/** `alphascope-baseline-20261122-140512.json`. */
function fileName(runs: readonly TraceRun[], extension: string): string {
  const names = new Set(runs.map(({ name }) => name));
  const [only] = names;
  const label = names.size === 1 && only !== undefined ? only : `${names.size} regimes`;
  const slug = label
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40);
  const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `alphascope-${slug === '' ? 'runs' : slug}-${stamp}.${extension}`;
}

function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  // The download has taken its own reference by the next minute.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
