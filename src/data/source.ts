import { concat, grouped, sha256 } from './bytes';
import { DataError } from './error';
import { downscale, imageBytes, type ImageSet, type Resolution } from './images';
import { browserCache, type PartCache } from './part-cache';
import { bytesOf, parseManifest, partsFor, readPart, type Manifest, type Part } from './parts';
import { checkSize, identified, type DataSize, type SearchData } from './search-data';

const MANIFEST = 'manifest.json';

/**
 * Reads a whole file of the data folder, or throws. `onBytes` hears of bytes as they arrive. Over a
 * network, `query` belongs behind the address: it names the content, so that no cache on the way
 * answers with another build's bytes.
 */
export type FetchBytes = (
  file: string,
  onBytes?: (received: number) => void,
  query?: string,
) => Promise<Uint8Array>;

export interface SourceOptions {
  /**
   * Address of the data folder with its last slash, `data/` by default. In a worker a relative address
   * starts at the worker's script, so the page has to hand over an absolute one.
   */
  readonly base?: string;
  /** Where files come from; the network by default. Node hands in its file system. */
  readonly fetchBytes?: FetchBytes;
  /** Where parts are kept; null for nowhere. By default the browser's cache, if it has one. */
  readonly cache?: PartCache | null;
  /** Ends a download; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface LoadOptions extends DataSize, SourceOptions {
  /** Bytes here so far and in all, cached ones included. */
  readonly onProgress?: (loaded: number, total: number) => void;
}

/**
 * The images of a search, verified against the manifest's digests. At most 2,048 images of each half
 * at 8x8 or 16x16 come from a small part of their own; anything else from 32x32 parts of 5,000 images
 * of each half, scaled down here. Parts are kept in the browser's cache and verified again each time.
 *
 * @throws DataError when a file is missing, has the wrong length or the wrong digest.
 * @throws RangeError when CIFAR-10 cannot serve the size.
 */
export async function loadSearchData(options: LoadOptions): Promise<SearchData> {
  const { weights, alpha } = await loadHalves(await openSource(options), options);
  return identified(weights, alpha);
}

/** {@link loadSearchData} from an open folder, without the identity. */
export async function loadHalves(
  source: DataSource,
  options: Pick<LoadOptions, 'resolution' | 'images' | 'onProgress'>,
): Promise<Pick<SearchData, 'weights' | 'alpha'>> {
  checkSize(options);
  const parts = partsFor(source.manifest, options);
  const total = bytesOf(parts);
  const weights = new Half(options.resolution, options.images);
  const alpha = new Half(options.resolution, options.images);
  let loaded = 0;
  for (const part of parts) {
    const bytes = await source.read(part, (received) =>
      options.onProgress?.(loaded + Math.min(received, part.bytes), total),
    );
    loaded += part.bytes;
    options.onProgress?.(loaded, total);
    const halves = readPart(part, bytes);
    weights.append(halves.weights);
    alpha.append(halves.alpha);
  }
  return { weights: weights.set, alpha: alpha.set };
}

/** Bytes that {@link loadSearchData} would still fetch: 0 when all is cached. */
export async function downloadSize(options: DataSize & SourceOptions): Promise<number> {
  checkSize(options);
  const source = await openSource(options);
  let bytes = 0;
  for (const part of partsFor(source.manifest, options)) {
    if (!(await source.isCached(part))) bytes += part.bytes;
  }
  return bytes;
}

/** A file of the data folder with what it must hold. */
type StoredFile = Pick<Part, 'file' | 'bytes' | 'sha256'>;

/** The data folder of a build. */
export class DataSource {
  readonly manifest: Manifest;
  readonly cache: PartCache | null;
  readonly #base: string;
  readonly #fetchBytes: FetchBytes;

  constructor(manifest: Manifest, base: string, fetchBytes: FetchBytes, cache: PartCache | null) {
    this.manifest = manifest;
    this.cache = cache;
    this.#base = base;
    this.#fetchBytes = fetchBytes;
  }

  /** A part's address names its content, so neither cache can answer with another build's bytes. */
  keyOf(part: Pick<Part, 'file' | 'sha256'>): string {
    return this.#base + part.file + queryOf(part);
  }

  async isCached(part: Pick<Part, 'file' | 'sha256'>): Promise<boolean> {
    return (await this.cache?.has(this.keyOf(part))) ?? false;
  }

  /** A verified part, from the cache or else fetched and cached. */
  async read(part: StoredFile, onBytes: (received: number) => void): Promise<Uint8Array> {
    const cached = await this.#readCached(part);
    if (cached) return cached;
    const bytes = await this.#fetchBytes(part.file, onBytes, queryOf(part));
    await verify(part, bytes);
    // A full disk must not stop a search that has its data: it is fetched again next time.
    await this.cache?.put(this.keyOf(part), bytes).catch(() => undefined);
    return bytes;
  }

  async #readCached(part: StoredFile): Promise<Uint8Array | null> {
    const bytes = await this.cache?.get(this.keyOf(part)).catch(() => null);
    if (!bytes) return null;
    try {
      await verify(part, bytes);
      return bytes;
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      await this.cache?.delete(this.keyOf(part));
      return null;
    }
  }
}

/** Opens a data folder: reads its manifest, or without a network the one kept from the last visit. */
export async function openSource(options: SourceOptions): Promise<DataSource> {
  const base = options.base ?? 'data/';
  const cache = options.cache === undefined ? await browserCache() : options.cache;
  const fetchBytes = options.fetchBytes ?? fromNetwork(base, options.signal);
  const bytes = await readManifest(base, fetchBytes, cache);
  return new DataSource(parseManifest(new TextDecoder().decode(bytes)), base, fetchBytes, cache);
}

async function readManifest(
  base: string,
  fetchBytes: FetchBytes,
  cache: PartCache | null,
): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await fetchBytes(MANIFEST);
  } catch (error) {
    const kept = await cache?.get(base + MANIFEST).catch(() => null);
    if (kept) return kept;
    throw error;
  }
  await cache?.put(base + MANIFEST, bytes).catch(() => undefined);
  return bytes;
}

/** @throws DataError when the bytes are not what the manifest says. */
export async function verify(part: StoredFile, bytes: Uint8Array) {
  if (bytes.length !== part.bytes) {
    throw new DataError(
      `Refused: part ${part.file} is ${grouped(bytes.length)} bytes, ` +
        `expected ${grouped(part.bytes)}.`,
    );
  }
  const digest = await sha256(bytes);
  if (digest !== part.sha256) {
    throw new DataError(
      `Refused: part ${part.file} has the wrong content: its SHA-256 is ${digest.slice(0, 16)}…, ` +
        `expected ${part.sha256.slice(0, 16)}….`,
    );
  }
}

function queryOf(part: Pick<Part, 'sha256'>): string {
  return `?sha256=${part.sha256}`;
}

/** Files over HTTP. */
function fromNetwork(base: string, signal?: AbortSignal): FetchBytes {
  return async (file, onBytes, query = '') => {
    let response: Response;
    try {
      response = await fetch(base + file + query, {
        cache: file === MANIFEST ? 'no-cache' : 'default',
        signal: signal ?? null,
      });
    } catch {
      signal?.throwIfAborted();
      throw new DataError(`data/${file} could not be fetched: the server cannot be reached.`);
    }
    if (!response.ok) {
      throw new DataError(`data/${file} could not be fetched: HTTP status ${response.status}.`);
    }
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let received = 0;
    try {
      const reader = response.body?.getReader();
      for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
        pieces.push(next.value);
        received += next.value.length;
        onBytes?.(received);
      }
    } catch {
      signal?.throwIfAborted();
      throw new DataError(
        `data/${file} could not be fetched: the connection broke after ${grouped(received)} bytes.`,
      );
    }
    return concat(pieces);
  };
}

/** A half of the data, filled part by part and scaled down as it comes. */
class Half {
  readonly set: ImageSet;
  #filled = 0;

  constructor(resolution: Resolution, count: number) {
    this.set = {
      resolution,
      count,
      pixels: new Uint8Array(count * imageBytes(resolution)),
      labels: new Uint8Array(count),
    };
  }

  append(images: ImageSet): void {
    const { resolution, count, pixels, labels } = this.set;
    const taken = Math.min(images.count, count - this.#filled);
    const used = downscale(
      {
        resolution: images.resolution,
        count: taken,
        pixels: images.pixels.subarray(0, taken * imageBytes(images.resolution)),
        labels: images.labels.subarray(0, taken),
      },
      resolution,
    );
    pixels.set(used.pixels, this.#filled * imageBytes(resolution));
    labels.set(used.labels, this.#filled);
    this.#filled += taken;
  }
}
