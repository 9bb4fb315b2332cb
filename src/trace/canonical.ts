import { TraceError } from './error';

/** Deeper than any trace; stops cycles and hostile nesting before the call stack does. */
const MAX_DEPTH = 64;

// With the u flag a surrogate pair is one character, so only lone halves are matched.
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/** True for text that UTF-8 can carry, hence that canonical JSON can hold. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/**
 * One text for one JSON value (RFC 8785): keys sorted by UTF-16 code unit, no white space, numbers as
 * ECMAScript prints them. Equal values give equal bytes whatever wrote them; minus zero prints as 0.
 *
 * @throws TraceError with the path of a number that is not finite, of undefined, of a lone surrogate,
 * or of anything else that JSON cannot hold without change.
 */
export function canonicalJson(value: unknown): string {
  return write(value, []);
}

/** One path is shared by the whole walk; a copy for every number would cost more than the text. */
type Trail = (string | number)[];

function write(value: unknown, trail: Trail): string {
  if (trail.length > MAX_DEPTH) {
    throw new TraceError(trail, `is nested deeper than ${MAX_DEPTH} levels`);
  }
  switch (typeof value) {
    case 'string':
      return writeText(value, trail);
    case 'boolean':
      return String(value);
    case 'number':
      if (Number.isFinite(value)) return JSON.stringify(value);
      throw new TraceError(trail, `is ${value}; JSON holds finite numbers only`);
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? writeArray(value, trail) : writeObject(value, trail);
    default:
      throw new TraceError(trail, `is ${typeof value}, which JSON cannot hold`);
  }
}

function writeText(text: string, trail: Trail): string {
  if (!isWellFormed(text)) throw new TraceError(trail, 'has half of a surrogate pair');
  return JSON.stringify(text);
}

function writeArray(items: readonly unknown[], trail: Trail): string {
  // Most of a trace is rows of numbers, which JSON.stringify prints several times as fast.
  if (trail.length < MAX_DEPTH && areFinite(items)) return JSON.stringify(items);
  // Array.from visits the holes of a sparse array, which map() would skip.
  const parts = Array.from(items, (item, at) => writeMember(item, at, trail));
  return `[${parts.join(',')}]`;
}

/** Whether these are finite numbers and nothing else; a hole is none. */
function areFinite(items: readonly unknown[]): boolean {
  for (let at = 0; at < items.length; at++) if (!Number.isFinite(items[at])) return false;
  return true;
}

function writeObject(value: object, trail: Trail): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TraceError(trail, 'is neither a plain object nor an array');
  }
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${writeText(key, trail)}:${writeMember(item, key, trail)}`);
  return `{${members.join(',')}}`;
}

function writeMember(value: unknown, key: string | number, trail: Trail): string {
  trail.push(key);
  const text = write(value, trail);
  trail.pop();
  return text;
}
