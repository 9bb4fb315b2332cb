import type { FigureView } from '../../trace/figure';
import type { FileFormat, ImportedFile, WrittenFile } from '../files/job';
import { doFileJob } from '../files/run-job';
import { exportWords, importWords, NOTHING_NEW, problemsOf } from '../files/transfer-words';
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

  /**
   * Downloads these runs as `alphascope-<name>-<time>`, the recording when there are none: the trace
   * as JSON, packed or not, or the same numbers as a flat table, a row per run, epoch, edge and operation.
   */
  async export(uids: readonly string[], format: FileFormat): Promise<void> {
    this.busy = true;
    try {
      const file = await this.#write(uids, format);
      if (file.runs === 0) {
        this.#toasts.show('There is no run to export yet.');
        return;
      }
      save(fileName(file.names, format), file.blob);
      this.#notices.clear('import');
      this.#toasts.show(`Exported ${count(file.runs, 'run')}.`);
    } catch (error) {
      this.#notices.show('import', 'The export failed', [reasonOf(error)]);
    } finally {
      this.busy = false;
    }
  }

  /**
   * Downloads all that this browser holds in one packed archive: runs, results of cells, imported
   * tables, and the checkpoints of what is unfinished. Without a store there are only the runs.
   */
  async exportAll(): Promise<void> {
    const { runs, problem, database } = this.#library;
    if (problem !== null) {
      await this.export(
        runs.map(({ uid }) => uid),
        'json.gz',
      );
      return;
    }
    this.busy = true;
    try {
      const file = await doFileJob({ type: 'export-all', database });
      if (file.runs + file.cells + file.tables + file.checkpoints === 0) {
        this.#toasts.show('There is nothing to export yet.');
        return;
      }
      save(fileName(['everything'], 'json.gz'), file.blob);
      this.#notices.clear('import');
      this.#toasts.show(exportWords(file));
    } catch (error) {
      this.#notices.show('import', 'The export failed', [reasonOf(error)]);
    } finally {
      this.busy = false;
    }
  }

  /**
   * Imports traces, archives and figures; what is wrong with one is told and the rest still counts.
   *
   * @returns what the last figure among them showed; null without one.
   */
  async import(files: readonly File[]): Promise<FigureView | null> {
    if (files.length === 0) return null;
    let view: FigureView | null = null;
    const problems: string[] = [];
    const results: ImportedFile[] = [];
    this.busy = true;
    for (const file of files) {
      try {
        const { database } = this.#library;
        const result = await doFileJob({ type: 'import', file, database });
        results.push(result);
        view = result.view ?? view;
        problems.push(...problemsOf(file.name, result));
      } catch (error) {
        problems.push(`${file.name}: ${reasonOf(error)}`);
      }
    }
    await this.#library.showImported(results.flatMap(({ runs }) => runs.added));
    this.busy = false;
    if (problems.length === 0) this.#notices.clear('import');
    else this.#notices.show('import', 'Not everything could be imported', problems);
    const words = importWords(results);
    if (problems.length === 0 || words !== NOTHING_NEW) this.#toasts.show(words);
    return view;
  }

  async #write(uids: readonly string[], format: FileFormat): Promise<WrittenFile> {
    const { database, recording, problem } = this.#library;
    if (problem !== null && uids.length > 0) {
      return doFileJob({ type: 'write', runs: await this.#library.heardRuns(uids), format });
    }
    return uids.length > 0
      ? doFileJob({ type: 'export', uids: [...uids], database, format })
      : doFileJob({ type: 'write', runs: recording?.runs ?? [], format });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `alphascope-baseline-20261122-140512.json`. */
function fileName(names: readonly string[], extension: string): string {
  const [first = ''] = names;
  const label = names.length === 1 ? first : `${names.length} regimes`;
  const slug = label
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40);
  const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `alphascope-${slug === '' ? 'runs' : slug}-${stamp}.${extension}`;
}

/** Downloads a file. */
export function save(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  // The download has taken its own reference by the next minute.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
