import type { ImportedArchive } from '../../store/everything';
import type { StoredTable, TableHead } from '../../store/stored-table';
import type { FigureView } from '../../trace/figure';
import type { TraceRun } from '../../trace/types';
import type { BenchData } from '../experiments/bench-data';

/** `json.gz`: the trace, packed. */
export type FileFormat = 'json' | 'json.gz' | 'csv';

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
  /** All that the visitor has, as a packed archive. */
  | { readonly type: 'export-all'; readonly database: string }
  /** Of runs of the store, what verdicts and figures need. */
  | { readonly type: 'bench'; readonly uids: readonly string[]; readonly database: string }
  | { readonly type: 'write'; readonly runs: readonly TraceRun[]; readonly format: FileFormat }
  /** Puts the runs of these uids into an SVG document: those of the store, of trace files, or given. */
  | {
      readonly type: 'figure';
      readonly svg: string;
      readonly view: FigureView;
      readonly uids: readonly string[];
      /** Null where nothing is kept. */
      readonly database: string | null;
      readonly files: readonly File[];
      readonly runs: readonly TraceRun[];
    }
  /** A table of accuracies. */
  | { readonly type: 'import-table'; readonly file: File; readonly database: string }
  /** A table that ships with the page. */
  | { readonly type: 'shipped-table'; readonly file: File };

export interface ImportedTable {
  readonly head: TableHead;
  /** False when a table with the same numbers is here already. */
  readonly added: boolean;
}

/** What came of a trace or an archive. */
export interface ImportedFile extends ImportedArchive {
  /** Parts that were left out, each with its place and the reason. */
  readonly refusals: readonly string[];
  /** What a figure showed; null of other files. */
  readonly view: FigureView | null;
}

export interface WrittenEverything {
  readonly blob: Blob;
  /** How many of each are in it. */
  readonly runs: number;
  readonly cells: number;
  readonly tables: number;
  /** Of runs and cells. */
  readonly checkpoints: number;
  /** Checkpoints that did not fit. */
  readonly leftOut: number;
}

export interface WrittenFile {
  readonly blob: Blob;
  /** Of the runs in it, each once. */
  readonly names: readonly string[];
  readonly runs: number;
}

export interface FileResult {
  readonly read: readonly TraceRun[];
  readonly import: ImportedFile;
  readonly export: WrittenFile;
  readonly 'export-all': WrittenEverything;
  readonly bench: readonly BenchData[];
  readonly write: WrittenFile;
  readonly figure: Blob;
  readonly 'import-table': ImportedTable;
  readonly 'shipped-table': StoredTable;
}

export type FileAnswer =
  | { readonly ok: true; readonly value: FileResult[keyof FileResult] }
  | { readonly ok: false; readonly message: string };
