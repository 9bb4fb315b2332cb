import type { BenchRun } from '../paper/claim/runs';
import { spaceByKey } from '../paper/space/registry';
import type { SpaceKey } from '../paper/space/space';
import { TraceError } from './error';
import { unpackedBytes } from './unpacked';

/*
 * What claims and figures need of the runs of a trace, in a fifteenth of its size: the alphas of the
 * joint epochs and a few words about each run, none of the losses, accuracies and steps. Recordings
 * have one beside them, so that a page which draws all of them need not fetch and check whole traces.
 *
 * Bytes: the length of the header (32 bits, little-endian), the header (JSON), and all alphas one
 * after the other as 64-bit floats (little-endian): by run, joint epoch, row and operation.
 */

const FORMAT = 'alphascope-extract';
const VERSION = 1;

/** Above that of a hundred runs of the longest experiment. */
const MAX_BYTES = 256 * 2 ** 20;
const FLOAT = Float64Array.BYTES_PER_ELEMENT;

/** Of a run in the header. */
interface Head extends Omit<BenchRun, 'space' | 'alphas'> {
  readonly space: SpaceKey;
  /** Joint epochs. */
  readonly epochs: number;
  /** Operations of each row of alpha. */
  readonly rows: readonly number[];
}

interface Header {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly runs: readonly Head[];
}

/** @returns the file's bytes, not packed: runs in the order of their uids */
export function writeExtract(unordered: readonly BenchRun[]): Uint8Array<ArrayBuffer> {
  const runs = unordered.toSorted((a, b) => (a.uid < b.uid ? -1 : 1));
  const heads = runs.map(({ alphas, space, ...run }): Head => ({
    ...run,
    space: space.key,
    epochs: alphas.length,
    rows: alphas[0]!.map((row) => row.length),
  }));
  const header: Header = { format: FORMAT, version: VERSION, runs: heads };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const values = runs.flatMap(({ alphas }) => alphas.flat(2));
  const bytes = new Uint8Array(4 + text.length + values.length * FLOAT);
  bytes.set(text, 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, text.length, true);
  values.forEach((value, at) => view.setFloat64(4 + text.length + at * FLOAT, value, true));
  return bytes;
}

/**
 * Reads an extract, packed by gzip or not.
 *
 * @throws TraceError at the first thing wrong.
 */
export async function readExtract(file: Uint8Array<ArrayBuffer>): Promise<BenchRun[]> {
  const bytes = await unpackedBytes(file, MAX_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = bytes.length < 4 ? Infinity : 4 + view.getUint32(0, true);
  if (start > bytes.length) throw new TraceError([], 'is cut off in its header');
  const { runs } = headerIn(bytes.subarray(4, start));
  const expected = runs.reduce((sum, { epochs, rows }) => sum + epochs * total(rows), 0);
  if (bytes.length - start !== expected * FLOAT) {
    const has = `has ${bytes.length - start} bytes of alphas`;
    throw new TraceError([], `${has}; its runs need ${expected * FLOAT}`);
  }
  let at = start;
  // A loop: Array.from would call a function for each of a million numbers.
  const row = (length: number): number[] => {
    const values: number[] = [];
    for (const end = at + length * FLOAT; at < end; at += FLOAT) {
      values.push(view.getFloat64(at, true));
    }
    return values;
  };
  return runs.map(({ epochs, rows, space, ...run }) => ({
    ...run,
    space: spaceByKey(space),
    alphas: Array.from({ length: epochs }, () => rows.map(row)),
  }));
}

function total(rows: readonly number[]): number {
  return rows.reduce((sum, length) => sum + length, 0);
}

/**
 * No more is checked of it: it comes with the page, as its code does, gzip has its own check sum, and
 * `npm run verdicts` compares every extract with its trace.
 */
function headerIn(bytes: Uint8Array): Header {
  let header: Partial<Header> | null;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Header> | null;
  } catch {
    throw new TraceError([], 'has no header in JSON');
  }
  if (header?.format !== FORMAT || header.version !== VERSION || !Array.isArray(header.runs)) {
    throw new TraceError([], `is no ${FORMAT} of version ${VERSION}`);
  }
  return header as Header;
}
