/** A formula as a tree of what MathML draws. */
export type MathNode =
  | { readonly kind: 'identifier' | 'number' | 'operator' | 'text'; readonly text: string }
  | { readonly kind: 'row'; readonly children: readonly MathNode[] }
  | { readonly kind: 'fraction'; readonly over: MathNode; readonly under: MathNode }
  | {
      readonly kind: 'script';
      readonly base: MathNode;
      readonly sub: MathNode | null;
      readonly sup: MathNode | null;
    };

export class NotationError extends Error {
  override readonly name = 'NotationError';
}

const SPACE = /\s*/y;
const TOKEN =
  /(?<number>\d+(?:\.\d+)?)|(?<identifier>[A-Za-z]+|\p{L})|"(?<text>[^"]*)"|(?<operator>[^\s"])/uy;
/** Braces group and are not drawn; these are, and stretch with what they hold. */
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const CLOSERS = Object.values(CLOSING);

/**
 * Reads the notation of {@link MethodFacts.equations}: Unicode as it is drawn, `x_i` and `x^+` for scripts,
 * `a / b` for a fraction of what stands next to the stroke, `{…}` to group, `"…"` for words. Letters in a
 * row are one name, `softmax`; a prime belongs to what it follows.
 *
 * @throws NotationError that says what is wrong and where.
 */
export function parseNotation(source: string): MathNode {
  let at = 0;

  const fail = (what: string): never => {
    throw new NotationError(`${what} at character ${at + 1} of "${source}".`);
  };
  const peek = (): string => {
    SPACE.lastIndex = at;
    SPACE.exec(source);
    at = SPACE.lastIndex;
    return source[at] ?? '';
  };

  function row(closer: string): MathNode {
    const children: MathNode[] = [];
    while (peek() !== closer) {
      if (source[at] === undefined) fail(`A "${closer}" is missing`);
      children.push(fraction());
    }
    return children.length === 1 ? children[0]! : { kind: 'row', children };
  }

  function fraction(): MathNode {
    const over = scripted();
    if (peek() !== '/') return over;
    at++;
    return { kind: 'fraction', over, under: scripted() };
  }

  function scripted(): MathNode {
    const base = atom();
    let sub: MathNode | null = null;
    let sup: MathNode | null = null;
    for (;;) {
      const mark = peek();
      if (mark === '_' && sub === null) {
        at++;
        sub = atom();
      } else if (mark === '^' && sup === null) {
        at++;
        sup = atom();
      } else if (mark === '′' && sup === null) {
        at++;
        sup = { kind: 'operator', text: mark };
      } else {
        return sub === null && sup === null ? base : { kind: 'script', base, sub, sup };
      }
    }
  }

  function atom(): MathNode {
    const first = peek();
    if (first === '') fail('Something is missing');
    if (CLOSERS.includes(first) || '_^/′'.includes(first)) fail(`"${first}" does not belong`);
    const closer = CLOSING[first];
    if (closer !== undefined) {
      at++;
      const inner = row(closer);
      at++;
      if (first === '{') return inner;
      const fence = (text: string): MathNode => ({ kind: 'operator', text });
      return { kind: 'row', children: [fence(first), inner, fence(closer)] };
    }
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(source)?.groups;
    if (groups === undefined) return fail('A quotation mark is missing');
    at = TOKEN.lastIndex;
    const { number, identifier, text, operator } = groups;
    if (number !== undefined) return { kind: 'number', text: number };
    if (identifier !== undefined) return { kind: 'identifier', text: identifier };
    return text === undefined ? { kind: 'operator', text: operator! } : { kind: 'text', text };
  }

  return row('');
}

/** Whether what stands below is set below, and not beside: a sum, or what is optimised over. */
export function hasLimits(base: MathNode): boolean {
  return 'text' in base && ['∑', 'argmax', 'max'].includes(base.text);
}

/** Whether a superscript is that of w′. */
export function isPrime(sup: MathNode): boolean {
  return sup.kind === 'operator' && sup.text === '′';
}

/** Whether a neighbour needs a gap that MathML does not leave by itself: a name, `log x`, or words. */
export function gapBefore(node: MathNode, before: MathNode | undefined): boolean {
  if (before === undefined) return false;
  if (node.kind === 'text' || before.kind === 'text') return true;
  const name = before.kind === 'script' ? before.base : before;
  const isName = name.kind === 'identifier' && /^[a-z]{2}/i.test(name.text);
  return isName && node.kind !== 'operator' && !isFenced(node);
}

function isFenced(node: MathNode): boolean {
  const first = node.kind === 'row' ? node.children[0] : undefined;
  return first?.kind === 'operator' && ['(', '['].includes(first.text);
}
