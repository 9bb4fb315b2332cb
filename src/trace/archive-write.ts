import { partDigest, type Archive } from './archive';
import { ARCHIVE_FORMAT, ARCHIVE_VERSION } from './archive-schema';
import { canonicalJson } from './canonical';
import { TraceError } from './error';
import { MAX_TRACE_BYTES } from './read';
import { tensorText } from './tensor-text';
import { byCreation, compareText as compare } from './write';

type Bytes = Uint8Array<ArrayBuffer>;

/** An archive as a file. */
export interface WrittenArchive {
  /** Canonical JSON in UTF-8. */
  readonly blob: Blob;
  /** Checkpoints that it has no room for: the oldest, since a file that is too large is not read. */
  readonly leftOut: number;
}

/**
 * The document of all that a visitor has. As in a trace, order of the parts and missing date of
 * export make equal content equal bytes.
 *
 * @throws TraceError when even without checkpoints it is larger than is read again
 */
export async function writeArchive(
  archive: Archive,
  maxBytes = MAX_TRACE_BYTES,
): Promise<WrittenArchive> {
  const encoder = new TextEncoder();
  const encode = (value: unknown): Bytes => encoder.encode(canonicalJson(value));
  const sealed = async (part: object): Promise<Bytes> =>
    encode({ ...part, digest: await partDigest(part) });
  const withTensors = <Part extends Archive['checkpoints' | 'cellCheckpoints'][number]>(
    part: Part,
  ) => {
    const texts = Object.entries(part.tensors).map(([name, one]) => [name, tensorText(one)]);
    return sealed({ ...part, tensors: Object.fromEntries(texts) as object });
  };

  const ordered = archive.runs.toSorted(byCreation);
  const runs = ordered.map(encode);
  const cells = await inTurn(
    archive.cells.toSorted((a, b) => compare(a.createdAt, b.createdAt) || compare(a.arch, b.arch)),
    sealed,
  );
  const tables = await inTurn(
    archive.tables.toSorted((a, b) => compare(a.addedAt, b.addedAt) || compare(a.id, b.id)),
    ({ columns, values, ...table }) =>
      sealed({
        ...table,
        columns: columns.map(({ key }) => key),
        values: values.map((column) =>
          Array.from(column, (value) => (Number.isNaN(value) ? null : value)),
        ),
      }),
  );
  const room = new Room(maxBytes, [...runs, ...cells, ...tables]);
  const place = new Map(ordered.map(({ uid }, at) => [uid, at]));
  const cellCheckpoints = room.take(
    await inTurn(
      archive.cellCheckpoints.toSorted(
        (a, b) =>
          compare(a.configDigest, b.configDigest) || compare(a.arch, b.arch) || a.seed - b.seed,
      ),
      withTensors,
    ),
  );
  const checkpoints = room.take(
    await inTurn(
      archive.checkpoints.toSorted((a, b) => place.get(a.uid)! - place.get(b.uid)!),
      withTensors,
    ),
  );
  const lists = { cellCheckpoints, cells, checkpoints, runs, tables };
  return { blob: new Blob(documentOf(lists, encoder)), leftOut: room.leftOut };
}

/** What may still be written. */
class Room {
  leftOut = 0;
  #left: number;

  /** @throws TraceError when there is too little for what must be written */
  constructor(maxBytes: number, parts: readonly Bytes[]) {
    // The frame around the parts, with a margin.
    const needed = parts.reduce((sum, part) => sum + part.length + 1, 1000);
    if (needed > maxBytes) {
      const reason = `has about ${needed} bytes, and at most ${maxBytes} can be read again: export it in parts`;
      throw new TraceError([], reason);
    }
    this.#left = maxBytes - needed;
  }

  /** The last of these parts, as many as there is room for. */
  take(parts: readonly Bytes[]): Bytes[] {
    let first = parts.length;
    while (first > 0 && parts[first - 1]!.length + 1 <= this.#left) {
      first -= 1;
      this.#left -= parts[first]!.length + 1;
    }
    this.leftOut += first;
    return parts.slice(first);
  }
}

/** The keys in canonical order. */
function documentOf(
  { cellCheckpoints, cells, checkpoints, runs, tables }: Readonly<Record<keyof Archive, Bytes[]>>,
  encoder: TextEncoder,
): Bytes[] {
  const text = (piece: string): Bytes => encoder.encode(piece);
  const list = (key: string, parts: readonly Bytes[]): Bytes[] => [
    text(`"${key}":[`),
    ...parts.flatMap((part, at) => (at === 0 ? [part] : [text(','), part])),
    text(']'),
  ];
  return [
    text('{'),
    ...list('cellCheckpoints', cellCheckpoints),
    text(','),
    ...list('cells', cells),
    text(','),
    ...list('checkpoints', checkpoints),
    text(`,"format":"${ARCHIVE_FORMAT}",`),
    ...list('runs', runs),
    text(','),
    ...list('tables', tables),
    text(`,"version":${ARCHIVE_VERSION}}`),
  ];
}

/** One after the other: what is encoded and digested at once is in memory at once. */
async function inTurn<Part>(
  parts: readonly Part[],
  write: (part: Part) => Promise<Bytes>,
): Promise<Bytes[]> {
  const written: Bytes[] = [];
  for (const part of parts) written.push(await write(part));
  return written;
}
