import type { DataSize, SearchData } from '../data/search-data';

/** Where a trainer gets its images from. */
export interface DataPort {
  readonly load: (
    size: DataSize,
    onProgress: (loaded: number, total: number) => void,
  ) => Promise<SearchData>;
  readonly downloadSize: (size: DataSize) => Promise<number>;
}

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
}
