import { TraceError, type Path } from './error';

/* Tensors as text: base64 of 32-bit floats, little-endian on every machine. */

/** So many bytes become characters at once: a call takes only so many arguments. */
const PIECE = 0x8000;

export function tensorText(values: Float32Array): string {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, at) => view.setFloat32(4 * at, value, true));
  const bytes = new Uint8Array(view.buffer);
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  }
  return btoa(text);
}

/** @throws TraceError for text that is none, and for a number from which training could not go on */
export function textTensor(text: string, path: Path): Float32Array {
  const bytes = bytesOf(text, path);
  if (bytes.length % 4 !== 0) {
    throw new TraceError(path, `has ${bytes.length} bytes, which are no 32-bit numbers`);
  }
  const view = new DataView(bytes.buffer);
  const values = new Float32Array(bytes.length / 4);
  for (let at = 0; at < values.length; at++) {
    const value = view.getFloat32(4 * at, true);
    if (!Number.isFinite(value)) throw new TraceError(path, `is ${value} at ${at}`);
    values[at] = value;
  }
  return values;
}

function bytesOf(text: string, path: Path): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    throw new TraceError(path, 'is no base64');
  }
}
