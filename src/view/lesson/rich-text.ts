import { GLOSSARY, type TermKey } from './glossary';

/** A piece of a paragraph: plain, or a term of the glossary. */
export interface Piece {
  readonly text: string;
  readonly term: TermKey | null;
}

const TERM = /\[\[([^\]|]+)(?:\|([^\]]+))?\]\]/g;

/**
 * Cuts a paragraph at its terms: `[[key]]`, or `[[key|as written here]]`.
 *
 * @throws RangeError when the glossary has no such term.
 */
export function piecesOf(paragraph: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of paragraph.matchAll(TERM)) {
    const [whole, key, written] = match;
    if (match.index > from) pieces.push({ text: paragraph.slice(from, match.index), term: null });
    if (!isTerm(key!)) throw new RangeError(`The glossary has no term "${key}".`);
    pieces.push({ text: written ?? GLOSSARY[key].name, term: key });
    from = match.index + whole.length;
  }
  if (from < paragraph.length) pieces.push({ text: paragraph.slice(from), term: null });
  return pieces;
}

function isTerm(key: string): key is TermKey {
  return Object.hasOwn(GLOSSARY, key);
}
