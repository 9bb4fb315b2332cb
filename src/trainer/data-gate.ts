import { DataError } from '../data/error';
import type { UserFile } from '../data/official';
import type { DataSize, SearchData } from '../data/search-data';

/** Where a trainer gets its images from. */
export interface DataPort {
  readonly load: (
    size: DataSize,
    onProgress: (loaded: number, total: number) => void,
  ) => Promise<SearchData>;
  readonly downloadSize: (size: DataSize) => Promise<number>;
  /** Keeps the official files in place of a download; resolves with the bytes stored. */
  readonly adopt: (files: readonly UserFile[]) => Promise<number>;
}

/** The archive has 170 MB, the batch files together 184 MB. */
const LARGEST_UPLOAD = 400e6;

/** Keeps the images of the last size, so that a queue of seeds loads them once. */
export class DataGate {
  #size = '';
  #data: SearchData | null = null;

  constructor(private readonly port: DataPort) {}

  async load(
    size: DataSize,
    onProgress: (loaded: number, total: number) => void,
  ): Promise<SearchData> {
    const key = `${size.resolution} ${size.images}`;
    if (this.#data && this.#size === key) return this.#data;
    this.#data = await this.port.load(size, onProgress);
    this.#size = key;
    return this.#data;
  }

  downloadSize(size: DataSize): Promise<number> {
    return this.port.downloadSize(size);
  }

  /** @throws DataError when the files are not CIFAR-10 as published */
  async adopt(files: readonly File[]): Promise<number> {
    const size = files.reduce((sum, file) => sum + file.size, 0);
    if (size > LARGEST_UPLOAD) {
      throw new DataError(
        `Refused: ${Math.round(size / 1e6)} MB is more than CIFAR-10 has; its archive has 170 MB.`,
      );
    }
    const read = async (file: File) => ({
      name: file.name,
      bytes: new Uint8Array(await file.arrayBuffer()),
    });
    return this.port.adopt(await Promise.all(files.map(read)));
  }
}
