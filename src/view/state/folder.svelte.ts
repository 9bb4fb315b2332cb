import type { Report } from '../../trainer/protocol';
import { doFileJob } from '../files/run-job';
import type { Library } from './library.svelte';
import type { Notices } from './notices.svelte';

/** Under which the folder is kept in the store. */
const NOTE = 'folder';

/** A folder with the part of its interface that not every browser has. */
type Folder = FileSystemDirectoryHandle & {
  readonly queryPermission?: (mode: object) => Promise<PermissionState>;
  readonly requestPermission?: (mode: object) => Promise<PermissionState>;
};
type Picker = (options: object) => Promise<Folder>;

const WRITING = { mode: 'readwrite' };

/** Saves every finished run as a trace file into a folder of the visitor's own. */
export class SaveFolder {
  readonly #library: Library;
  readonly #notices: Notices;
  #folder: Folder | null = null;

  /** Name of the folder; null while there is none. */
  name = $state<string | null>(null);
  /** After a reload the browser wants to be asked again, which takes a click. */
  asleep = $state(false);
  /** Files written since the page was opened. */
  saved = $state(0);

  constructor(library: Library, notices: Notices) {
    this.#library = library;
    this.#notices = notices;
  }

  /** Whether this browser lets a page write into a folder. */
  get supported(): boolean {
    return 'showDirectoryPicker' in globalThis;
  }

  /** Finds the folder of the last visit. Never rejects. */
  async restore(): Promise<void> {
    try {
      const kept = await (await this.#library.store()).readMeta(NOTE);
      if (typeof kept !== 'object' || kept === null) return;
      const folder: Folder = kept;
      this.asleep = (await folder.queryPermission?.(WRITING)) === 'prompt';
      this.#set(folder);
    } catch {
      // Without a store there is no folder to remember.
    }
  }

  /** Lets the visitor pick a folder. */
  async pick(): Promise<void> {
    const { showDirectoryPicker } = globalThis as { showDirectoryPicker?: Picker };
    let folder;
    try {
      folder = await showDirectoryPicker?.({ id: 'alphascope', ...WRITING });
    } catch (error) {
      // The visitor has closed the dialog.
      if (error instanceof DOMException && error.name === 'AbortError') return;
      throw error;
    }
    if (folder !== undefined) await this.use(folder);
  }

  async use(folder: FileSystemDirectoryHandle): Promise<void> {
    this.#set(folder);
    this.asleep = false;
    await (await this.#library.store()).writeMeta(NOTE, folder);
  }

  /** Asks the browser for the folder again. */
  async wake(): Promise<void> {
    const state = (await this.#folder?.requestPermission?.(WRITING)) ?? 'granted';
    this.asleep = state !== 'granted';
  }

  /** Forgets the folder; what is in it stays. */
  async forget(): Promise<void> {
    this.#set(null);
    await (await this.#library.store()).writeMeta(NOTE, '');
  }

  /** Writes a run when the trainer has finished it. */
  async receive(report: Report): Promise<void> {
    if (report.type !== 'event' || report.event.kind !== 'finished') return;
    if (this.#folder === null) return;
    try {
      await this.#save(this.#folder, report.uid);
      this.saved += 1;
      this.#notices.clear('folder');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#notices.show('folder', `The run could not be saved to the folder ${this.name}`, [
        reason,
        'It is kept in this browser all the same.',
      ]);
    }
  }

  async #save(folder: Folder, uid: string): Promise<void> {
    const { database } = this.#library;
    const job = { type: 'export', uids: [uid], database, format: 'json' } as const;
    const { blob } = await doFileJob(job);
    const file = await folder.getFileHandle(`alphascope-${uid}.json`, { create: true });
    // Into a file of its own, which takes the name at the end: a cut leaves no half of a trace.
    const stream = await file.createWritable();
    await stream.write(blob);
    await stream.close();
  }

  #set(folder: Folder | null): void {
    this.#folder = folder;
    this.name = folder?.name ?? null;
  }
}
