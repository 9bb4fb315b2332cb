/** The default database; tests use others. */
export const DATABASE_NAME = 'alphascope';

const CHANNEL = 'alphascope-store';

/** Something in the store is not as it was. Sent after the transaction has committed. */
export interface StoreChange {
  /** Name of the database. */
  readonly database: string;
  readonly kind:
    'created' | 'epoch' | 'head' | 'deleted' | 'restored' | 'imported' | 'table' | 'cell';
  /** Of runs; of tables where one came or went, and the architecture strings of cells. */
  readonly uids: readonly string[];
}

/**
 * Calls back after every change, made in this page, its worker or another tab, until the returned
 * function is called.
 */
export function onStoreChange(
  callback: (change: StoreChange) => void,
  database = DATABASE_NAME,
): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }: MessageEvent<StoreChange>) => {
    if (data.database === database) callback(data);
  };
  return () => channel.close();
}

/** The sending end. A channel never hears itself, so listeners have their own. */
export class ChangeSender {
  readonly #channel = new BroadcastChannel(CHANNEL);
  readonly #database: string;

  constructor(database: string) {
    this.#database = database;
  }

  send(kind: StoreChange['kind'], uids: readonly string[]): void {
    if (uids.length === 0) return;
    this.#channel.postMessage({ database: this.#database, kind, uids } satisfies StoreChange);
  }

  close(): void {
    this.#channel.close();
  }
}
