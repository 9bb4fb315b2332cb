import { TraceError } from './error';

/** Deeper than any picture of ours; stops hostile nesting. */
const MAX_DEPTH = 256;

const NAME = /[A-Za-z_][\w.:-]*/y;
const SPACE = /[ \t\r\n]*/y;

/**
 * The text of the one `metadata` element of an SVG document that has this id. The document is read as
 * text and never becomes elements: a small scanner of well-formed XML, in time linear in its length,
 * which knows no entities and refuses document types, where others could be declared.
 *
 * @returns null when there is no such element.
 * @throws TraceError with the reason and the place in the text.
 */
export function svgMetadata(document: string, id: string): string | null {
  return new Scanner(document, id).metadata();
}

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** `<a/>`: nothing stands in it. */
  readonly empty: boolean;
}

class Scanner {
  readonly #text: string;
  readonly #id: string;
  /** Names of the elements that are open. */
  readonly #open: string[] = [];
  #at = 0;
  #root = false;
  /** Depth of the element that is looked for while it is open. */
  #inside: number | null = null;
  #found: string | null = null;

  constructor(text: string, id: string) {
    this.#text = text;
    this.#id = id;
  }

  metadata(): string | null {
    while (this.#at < this.#text.length) {
      const next = this.#text.indexOf('<', this.#at);
      this.#take(this.#text.slice(this.#at, next < 0 ? undefined : next));
      if (next < 0) break;
      this.#at = next;
      this.#markup();
    }
    if (!this.#root) throw this.#wrong('it has no element');
    if (this.#open.length > 0) throw this.#wrong(`<${this.#open.at(-1)}> is not closed`);
    return this.#found;
  }

  #markup(): void {
    const text = this.#text;
    if (text.startsWith('<!--', this.#at)) this.#skip('-->', 4);
    else if (text.startsWith('<![CDATA[', this.#at)) {
      const from = this.#at + 9;
      this.#skip(']]>', 9);
      this.#take(text.slice(from, this.#at - 3));
    } else if (text.startsWith('<!', this.#at)) {
      throw this.#wrong('it has a document type, and none is read');
    } else if (text.startsWith('<?', this.#at)) this.#skip('?>', 2);
    else if (text.startsWith('</', this.#at)) this.#close();
    else this.#element();
  }

  /** Text between two tags. */
  #take(text: string): void {
    if (this.#inside !== null) this.#found += text;
    else if (this.#open.length === 0 && text.trim() !== '') {
      throw this.#wrong('text stands outside of all elements');
    }
  }

  #skip(end: string, from: number): void {
    const at = this.#text.indexOf(end, this.#at + from);
    if (at < 0) throw this.#wrong(`${end} is missing`);
    this.#at = at + end.length;
  }

  #close(): void {
    this.#at += 2;
    const name = this.#match(NAME);
    this.#match(SPACE);
    this.#expect('>');
    const open = this.#open.pop();
    if (open !== name) throw this.#wrong(`</${name}> closes ${open ? `<${open}>` : 'nothing'}`);
    if (this.#inside !== null && this.#open.length < this.#inside) this.#inside = null;
  }

  #element(): void {
    const { name, attributes, empty } = this.#tag();
    if (this.#inside !== null) throw this.#wrong(`the data hold an element, <${name}>`);
    if (this.#open.length === 0) {
      if (this.#root) throw this.#wrong('it has a second outermost element');
      if (localName(name) !== 'svg') throw this.#wrong(`it is <${name}> and not <svg>`);
      this.#root = true;
    }
    const wanted = localName(name) === 'metadata' && attributes.get('id') === this.#id;
    if (wanted && this.#found !== null) throw this.#wrong('it holds data twice');
    if (wanted) this.#found = '';
    if (empty) return;
    this.#open.push(name);
    if (wanted) this.#inside = this.#open.length;
    if (this.#open.length > MAX_DEPTH) {
      throw this.#wrong(`it is nested deeper than ${MAX_DEPTH} levels`);
    }
  }

  #tag(): Tag {
    this.#at += 1;
    const name = this.#match(NAME);
    const attributes = new Map<string, string>();
    for (;;) {
      const space = this.#match(SPACE);
      const here = this.#text[this.#at];
      if (here === '>' || here === '/') break;
      if (space === '') throw this.#wrong(`white space is missing in <${name}>`);
      const key = this.#match(NAME);
      this.#match(SPACE);
      this.#expect('=');
      this.#match(SPACE);
      if (attributes.has(key)) throw this.#wrong(`<${name}> has ${key} twice`);
      attributes.set(key, this.#quoted());
    }
    const empty = this.#text[this.#at] === '/';
    if (empty) this.#at += 1;
    this.#expect('>');
    return { name, attributes, empty };
  }

  #quoted(): string {
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'") throw this.#wrong('a value without quotes');
    const from = this.#at + 1;
    const end = this.#text.indexOf(quote, from);
    const value = this.#text.slice(from, end < 0 ? from : end);
    if (end < 0 || value.includes('<')) throw this.#wrong('a value is not closed');
    this.#at = end + 1;
    return value;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw this.#wrong('a name is missing');
    this.#at += found.length;
    return found;
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) throw this.#wrong(`${character} is missing`);
    this.#at += 1;
  }

  #wrong(what: string): TraceError {
    return new TraceError(
      [],
      `is no SVG that can be read: ${shorten(what)}, at character ${this.#at}`,
    );
  }
}

/** Without the prefix of its namespace. */
function localName(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1);
}

function shorten(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
