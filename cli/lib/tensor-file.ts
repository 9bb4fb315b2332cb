import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { check } from '../../src/trace/check';

/* Tensors in a file: a line of JSON, behind it float32 numbers in this machine's order. */

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const LineSchema = v.looseObject({
  /** Elements of each tensor, in the order in which they are stored. */
  lengths: v.record(v.string(), count),
  /** SHA-256 of the tensors' bytes. */
  digest: v.string(),
});

export interface TensorFile<Name extends string> {
  /** What else the line says, to be checked by the reader. */
  readonly header: unknown;
  readonly tensors: Readonly<Partial<Record<Name, Float32Array>>>;
}

/** The parts of the file, in order. */
export function joinTensors(
  header: object,
  tensors: Readonly<Record<string, Float32Array>>,
): (string | Uint8Array)[] {
  const parts = Object.values(tensors).map(bytesOf);
  const sizes = Object.entries(tensors).map(([name, { length }]) => [name, length]);
  const line = { ...header, lengths: Object.fromEntries(sizes) as object, digest: digestOf(parts) };
  return [`${JSON.stringify(line)}\n`, ...parts];
}

/** @throws Error saying what is damaged */
export function splitTensors<Name extends string>(
  content: Buffer,
  names: readonly Name[],
): TensorFile<Name> {
  const end = content.indexOf('\n');
  const line = check(LineSchema, JSON.parse(content.toString('utf8', 0, Math.max(0, end))), []);
  const bytes = content.subarray(end + 1);
  const { lengths, digest, ...header } = line;
  if (digestOf([bytes]) !== digest) throw new Error('its tensors were damaged.');
  const tensors: Partial<Record<Name, Float32Array>> = {};
  let offset = 0;
  for (const [key, length] of Object.entries(lengths)) {
    const name = names.find((one) => one === key);
    if (name === undefined) throw new Error(`it has a tensor ${key}, which is none of its kind.`);
    const part = bytes.subarray(offset, offset + 4 * length);
    if (part.length !== 4 * length) throw new Error(`its tensor ${name} is cut off.`);
    offset += part.length;
    tensors[name] = new Float32Array(Uint8Array.from(part).buffer);
  }
  return { header, tensors };
}

/** @throws Error naming the first one that is not there */
export function requireTensors<Name extends string, Needed extends Name>(
  { tensors }: TensorFile<Name>,
  names: readonly Needed[],
): Record<Needed, Float32Array> & TensorFile<Name>['tensors'] {
  const missing = names.find((name) => tensors[name] === undefined);
  if (missing !== undefined) throw new Error(`its tensor ${missing} is missing.`);
  return tensors as Record<Needed, Float32Array> & typeof tensors;
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function digestOf(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
