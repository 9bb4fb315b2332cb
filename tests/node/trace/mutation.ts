import fc from 'fast-check';

/* Ways in which a valid file goes wrong, for fuzzing: of its bytes, its text and its JSON. */

/** What a file from a stranger may hold where something else belongs. */
const HOSTILE = [
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '"<img src=x onerror=alert(1)>"',
  '"=HYPERLINK(1)"',
  '"\\ud800"',
  '"\\u0000"',
  '1e999',
  '-1e999',
  '-0',
  '0.1e-400',
  '9007199254740993',
  'NaN',
  'null',
  'true',
  '[]',
  '{}',
  '""',
  `${'['.repeat(500)}${']'.repeat(500)}`,
] as const;

/** Edits to a text of any length: places are shares of it. */
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  length: fc.nat(40),
  kind: fc.constantFrom('drop', 'insert', 'copy', 'replace', 'cut'),
  text: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.constantFrom(...HOSTILE, ',', '"', '\n', '\r', '\u2028', '\ufeff', '}', ']', '1', '-', '.'),
  ),
});

/** The text after one to three edits. */
export function mutatedText(text: string): fc.Arbitrary<string> {
  return fc.array(edit, { minLength: 1, maxLength: 3 }).map((edits) =>
    edits.reduce((before, { at, length, kind, text: piece }) => {
      const from = Math.floor(at * before.length);
      const [head, middle, tail] = [
        before.slice(0, from),
        before.slice(from, from + length),
        before.slice(from + length),
      ];
      switch (kind) {
        case 'drop':
          return head + tail;
        case 'insert':
          return head + piece + middle + tail;
        case 'copy':
          return head + middle + middle + tail;
        case 'replace':
          return head + piece + tail;
        case 'cut':
          return head;
      }
    }, text),
  );
}

/** The bytes after one to four of them were changed, or the end was cut off. */
export function mutatedBytes(
  bytes: Uint8Array<ArrayBuffer>,
): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const change = fc.record({ at: fc.nat(bytes.length - 1), byte: fc.nat(255) });
  const length = fc.option(fc.nat(bytes.length - 1), { nil: bytes.length, freq: 4 });
  return fc
    .tuple(fc.array(change, { minLength: 1, maxLength: 4 }), length)
    .map(([changes, end]) => {
      const copy = bytes.slice(0, end);
      for (const { at, byte } of changes) copy[at % Math.max(1, end)] = byte;
      return copy;
    });
}

type Holder = Record<string, unknown>;

/** Value, key or item changes somewhere in a document, which stays JSON. */
export function mutatedJson(text: string): fc.Arbitrary<unknown> {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.double(),
    fc
      .constantFrom(...HOSTILE.filter((one) => one !== 'NaN'))
      .map((one) => JSON.parse(one) as unknown),
  );
  const change = fc.record({
    at: fc.nat(),
    kind: fc.constantFrom('set', 'drop', 'add', 'twice', 'nudge'),
    key: fc.constantFrom('__proto__', 'constructor', 'toString', 'extra', '0', 'length'),
    value,
  });
  return fc.array(change, { minLength: 1, maxLength: 2 }).map((changes) => {
    const document = JSON.parse(text) as unknown;
    for (const { at, kind, key, value } of changes) {
      const places = placesIn(document);
      if (places.length === 0) break;
      const [holder, name] = places[at % places.length]!;
      const old = holder[name];
      if (kind === 'drop') {
        if (Array.isArray(holder)) holder.splice(Number(name), 1);
        else delete holder[name];
      } else if (kind === 'twice' && Array.isArray(holder)) holder.splice(Number(name), 0, old);
      else if (kind === 'nudge' && typeof old === 'number') holder[name] = old + 1e-9;
      else {
        const where = kind === 'add' && !Array.isArray(holder) ? key : name;
        Object.defineProperty(holder, where, {
          value,
          enumerable: true,
          writable: true,
          configurable: true,
        });
      }
    }
    return document;
  });
}

/** Every place of a document that holds a value, from the top down; all in one list, since it is long. */
function placesIn(value: unknown, places: [Holder, string][] = []): [Holder, string][] {
  if (typeof value !== 'object' || value === null) return places;
  const holder = value as Holder;
  for (const key of Object.keys(holder)) {
    places.push([holder, key]);
    placesIn(holder[key], places);
  }
  return places;
}
