import { DataError } from '../data/error';
import type { UserFile } from '../data/official';
import type { DataSize, SearchData } from '../data/search-data';
import type { StandAloneData } from '../data/stand-alone-data';

type OnProgress = (loaded: number, total: number) => void;

/** The images of one purpose. */
interface Images<Data> {
  readonly load: (size: DataSize, onProgress: OnProgress) => Promise<Data>;
  /** Bytes that `load` would download first. */
  readonly downloadSize: (size: DataSize) => Promise<number>;
}

/** Where a trainer gets its images from. */
export interface DataPort {
  readonly search: Images<SearchData>;
  /** For cells that are trained by themselves. */
  readonly standAlone: Images<StandAloneData>;
  /** Keeps the official files in place of a download; resolves with the bytes stored. */
  readonly adopt: (files: readonly UserFile[]) => Promise<number>;
}

/** The archive has 170 MB, the batch files together 184 MB. */
const LARGEST_UPLOAD = 400e6;

/** Keeps the images that were loaded last, so that a queue loads them once. */
export class DataGate {
  #key = '';
  #drop: () => void = () => undefined;
  readonly search: Images<SearchData>;
  readonly standAlone: Images<StandAloneData>;

  constructor(private readonly port: DataPort) {
    this.search = this.#keeping('search', port.search);
    this.standAlone = this.#keeping('stand-alone', port.standAlone);
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

  #keeping<Data>(purpose: string, { load, downloadSize }: Images<Data>): Images<Data> {
    let data: Data | null = null;
    return {
      downloadSize,
      load: async (size, onProgress) => {
        const key = `${purpose} ${size.resolution} ${size.images}`;
        if (data && this.#key === key) return data;
        // Of both purposes one is kept: at full scale each takes more than 150 MB.
        this.#drop();
        data = await load(size, onProgress);
        this.#key = key;
        this.#drop = () => (data = null);
        return data;
      },
    };
  }
}
