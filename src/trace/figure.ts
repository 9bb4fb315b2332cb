import * as v from 'valibot';
import { STAGE_NUMBERS } from '../paper/space/stages';
import { check } from './check';
import { TraceError } from './error';
import { MAX_TRACE_BYTES, readDocument, readTraceValue } from './read';
import { epochNumber, label, uuid } from './schema';
import { svgMetadata } from './svg';
import type { TraceRun } from './types';
import { unpackedText } from './unpacked';
import { traceDocument } from './write';
import { canonicalJson } from './canonical';

const FIGURE_FORMAT = 'alphascope-figure';
const FIGURE_VERSION = 1;
const KIND = { format: FIGURE_FORMAT, version: FIGURE_VERSION, noun: 'figure' } as const;
/** Of the element that holds a figure's data. */
const ELEMENT_ID = 'alphascope-figure';

const ViewSchema = v.variant('place', [
  v.strictObject({
    place: v.literal('playground'),
    /** Uids: of a run of the regime on screen, of the one drawn over it, and of the seed looked at. */
    shown: uuid,
    compared: v.nullable(uuid),
    focus: v.nullable(uuid),
    /** Finished epochs under the clock. */
    epoch: v.union([v.literal(0), epochNumber]),
    /** Of a search with alphas for each: the stage that is drawn, from 0. */
    stage: v.exactOptional(v.picklist(STAGE_NUMBERS)),
  }),
  v.strictObject({
    place: v.literal('experiments'),
    /** As the paper counts: `2(a)`. */
    figure: label,
    scale: label,
  }),
]);

const EnvelopeSchema = v.strictObject({
  format: v.literal(FIGURE_FORMAT),
  version: v.literal(FIGURE_VERSION),
  view: ViewSchema,
  trace: v.unknown(),
});

/** What the page showed when a figure was saved. */
export type FigureView = Readonly<v.InferOutput<typeof ViewSchema>>;

/** What a figure carries. */
export interface FigureData {
  readonly runs: TraceRun[];
  readonly view: FigureView;
}

/**
 * An SVG document with the runs that it was drawn from and the view that it is of, in one `metadata`
 * element: base64 of gzip of canonical JSON.
 *
 * @param svg ends in `</svg>`.
 */
export async function withFigureData(
  svg: string,
  runs: readonly TraceRun[],
  view: FigureView,
): Promise<string> {
  const trace = traceDocument(runs);
  const text = canonicalJson({ format: FIGURE_FORMAT, version: FIGURE_VERSION, view, trace });
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const end = svg.lastIndexOf('</svg>');
  return `${svg.slice(0, end)}<metadata id="${ELEMENT_ID}">${base64(bytes)}</metadata>${svg.slice(end)}`;
}

/**
 * Reads what a figure carries. Nothing is trusted, as with a trace: see {@link readTrace}.
 *
 * @param maxBytes cap on the data when they are unpacked.
 * @throws TraceError with a JSON path into the data and a reason in words.
 */
export async function readFigure(svg: string, maxBytes = MAX_TRACE_BYTES): Promise<FigureData> {
  const packed = svgMetadata(svg, ELEMENT_ID);
  if (packed === null) throw new TraceError([], 'is an SVG that carries no data of Alphascope');
  const text = await unpackedText(bytesOf(packed), maxBytes);
  const { view, trace } = check(EnvelopeSchema, readDocument(text, maxBytes, KIND), []);
  const runs = await readTraceValue(trace, ['trace']);
  checkView(view, runs);
  return { runs, view };
}

function checkView(view: FigureView, runs: readonly TraceRun[]): void {
  if (view.place !== 'playground') return;
  for (const key of ['shown', 'compared', 'focus'] as const) {
    if (view[key] !== null && !runs.some(({ uid }) => uid === view[key])) {
      throw new TraceError(['view', key], 'is no run of this figure');
    }
  }
}

function base64(bytes: Uint8Array): string {
  let text = '';
  // A call takes so many arguments at most; three bytes make four characters.
  for (let at = 0; at < bytes.length; at += 0x6000) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + 0x6000)));
  }
  return text;
}

/** Whether a text is markup: behind white space there is a `<`, with which no JSON begins. */
export function isMarkup(text: string): boolean {
  return text.trimStart().startsWith('<');
}

/** Editors break long lines. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw new TraceError([], 'has data that are no base64');
  }
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
