import type { ImportResult } from '../../store/database';
import type { TraceRun } from '../../trace/types';

export type FileFormat = 'json' | 'csv';

/** Work on whole traces: too long for the thread that draws. */
export type FileJob =
  | { readonly type: 'read'; readonly text: string }
  | { readonly type: 'import'; readonly file: File; readonly database: string }
  | {
      readonly type: 'export';
      readonly uids: readonly string[];
      readonly database: string;
      readonly format: FileFormat;
    }
  | { readonly type: 'write'; readonly runs: readonly TraceRun[]; readonly format: FileFormat };

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
  readonly write: WrittenFile;
}

export type FileAnswer =
  | { readonly ok: true; readonly value: FileResult[keyof FileResult] }
  | { readonly ok: false; readonly message: string };
