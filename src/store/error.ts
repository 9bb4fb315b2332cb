import { TraceError } from '../trace/error';

/**
 * - `quota`: the browser has no more room for this page; nothing was written.
 * - `blocked`: another version of the app holds the database; a reload helps.
 * - `refused`: the request breaks a rule of the store, or the browser keeps no data for this page.
 * - `other`: the browser failed; the message is its own.
 */
export type StorageErrorKind = 'quota' | 'blocked' | 'refused' | 'other';

/** Nothing of the failed change was kept: every change is one transaction. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly kind: StorageErrorKind;

  constructor(kind: StorageErrorKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** A rule of the store was broken. */
export function refused(message: string): StorageError {
  return new StorageError('refused', message);
}

/** Whether there was no room for a change. */
export function isFull(error: unknown): error is StorageError {
  return error instanceof StorageError && error.kind === 'quota';
}

/** Any failure of IndexedDB, or of a check before it, as a {@link StorageError}. */
export function toStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  if (error instanceof TraceError) {
    return new StorageError('refused', `This cannot be stored: ${error.message}.`, error);
  }
  switch (nameOf(error)) {
    case 'QuotaExceededError':
      return new StorageError(
        'quota',
        'Storage is full: the browser gives this page no more room, and nothing was written. ' +
          'Export and delete runs, or free disk space.',
        error,
      );
    case 'SecurityError':
      return new StorageError('refused', 'This browser keeps no data for this page.', error);
    default: {
      const detail = error instanceof Error ? error.message : String(error);
      return new StorageError('other', `The browser's storage failed: ${detail}`, error);
    }
  }
}

function nameOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'name' in error ? error.name : undefined;
}
