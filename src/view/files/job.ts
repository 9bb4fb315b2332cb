import type { ImportResult } from '../../store/database';
import type { TableHead } from '../../store/stored-table';
import type { TraceRun } from '../../trace/types';
import type { BenchData } from '../experiments/bench-data';

export type FileFormat = 'json' | 'csv';

/** Work on whole files: too long for the thread that draws. */
export type FileJob =
  | { readonly type: 'read'; readonly file: File }
  | { readonly type: 'import'; readonly file: File; readonly database: string }
  | {
      readonly type: 'export';
      readonly uids: readonly string[];
      readonly database: string;
      readonly format: FileFormat;
    }
  /** Of runs of the store, what verdicts and figures need. */
  | { readonly type: 'bench'; readonly uids: readonly string[]; readonly database: string }
  /** The same of a trace file. */
  | { readonly type: 'bench-file'; readonly file: File }
  | { readonly type: 'write'; readonly runs: readonly TraceRun[]; readonly format: FileFormat }
  /** A table of accuracies. */
  | { readonly type: 'import-table'; readonly file: File; readonly database: string };

export interface ImportedTable {
  readonly head: TableHead;
  /** False when a table with the same numbers is here already. */
  readonly added: boolean;
}

export interface WrittenFile {
  readonly blob: Blob;
  /** Of the runs in it, each once. */
  readonly names: readonly string[];
  readonly runs: number;
}

export interface FileResult {
  readonly read: readonly TraceRun[];
  readonly import: ImportResult;
  readonly export: WrittenFile;
  readonly bench: readonly BenchData[];
  readonly 'bench-file': readonly BenchData[];
  readonly write: WrittenFile;
  readonly 'import-table': ImportedTable;
}

export type FileAnswer =
  | { readonly ok: true; readonly value: FileResult[keyof FileResult] }
  | { readonly ok: false; readonly message: string };
