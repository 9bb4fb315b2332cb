import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  gapBefore,
  hasLimits,
  NotationError,
  parseNotation,
  type MathNode,
} from '../../../src/view/math/notation';

const leaf = (kind: 'identifier' | 'number' | 'operator' | 'text', text: string): MathNode => ({
  kind,
  text,
});
const name = (text: string) => leaf('identifier', text);
const row = (...children: MathNode[]): MathNode => ({ kind: 'row', children });
const script = (base: MathNode, sub: MathNode | null, sup: MathNode | null = null): MathNode => ({
  kind: 'script',
  base,
  sub,
  sup,
});

/** The notation of a tree: what the parser undoes. Groups are written where they could be needed. */
function written(node: MathNode): string {
  switch (node.kind) {
    case 'text':
      return `"${node.text}"`;
    case 'row':
      return `{${node.children.map(written).join(' ')}}`;
    case 'fraction':
      return `{{${written(node.over)}} / {${written(node.under)}}}`;
    case 'script': {
      const part = (mark: string, of: MathNode | null) =>
        of === null ? '' : `${mark}{${written(of)}}`;
      return `{{${written(node.base)}}${part('_', node.sub)}${part('^', node.sup)}}`;
    }
    default:
      return node.text;
  }
}

describe('the notation of equations', () => {
  test('has names, numbers, words and signs', () => {
    expect(parseNotation('max(θ, 0.01) "else" x')).toEqual(
      row(
        name('max'),
        row(
          leaf('operator', '('),
          row(name('θ'), leaf('operator', ','), leaf('number', '0.01')),
          leaf('operator', ')'),
        ),
        leaf('text', 'else'),
        name('x'),
      ),
    );
  });

  test('binds scripts closest, then a stroke', () => {
    expect(parseNotation('a b_i / {2 c} d')).toEqual(
      row(
        name('a'),
        {
          kind: 'fraction',
          over: script(name('b'), name('i')),
          under: row(leaf('number', '2'), name('c')),
        },
        name('d'),
      ),
    );
    expect(parseNotation('x_i^2')).toEqual(script(name('x'), name('i'), leaf('number', '2')));
    expect(parseNotation('∇_{w′}')).toEqual(
      script(leaf('operator', '∇'), script(name('w'), null, leaf('operator', '′'))),
    );
  });

  test('reads every tree that can be written in it', () => {
    const leaves = fc.oneof(
      fc.constantFrom('x', 'softmax', 'α', 'ℒ').map(name),
      fc.constantFrom('0', '12.5').map((text) => leaf('number', text)),
      fc.constantFrom('−', '∑', '←').map((text) => leaf('operator', text)),
      fc.constantFrom('in words').map((text) => leaf('text', text)),
    );
    const { tree } = fc.letrec<{ tree: MathNode }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        leaves,
        fc.array(tie('tree'), { minLength: 2, maxLength: 4 }).map((children) => row(...children)),
        fc
          .record({ over: tie('tree'), under: tie('tree') })
          .map((parts): MathNode => ({ kind: 'fraction', ...parts })),
        fc
          .tuple(tie('tree'), tie('tree'), fc.option(tie('tree')))
          .map(([base, sub, sup]) => script(base, sub, sup)),
      ),
    }));
    fc.assert(
      fc.property(tree, (node) => {
        expect(parseNotation(written(node))).toEqual(node);
      }),
    );
  });

  test.each([
    ['softmax(α', 'A ")" is missing at character 10'],
    ['{a', 'A "}" is missing at character 3'],
    ['a)', '")" does not belong at character 2'],
    ['x_', 'Something is missing at character 3'],
    ['/ 2', '"/" does not belong at character 1'],
    ['x_i_j', '"_" does not belong at character 4'],
    ['"open', 'A quotation mark is missing at character 1'],
  ])('refuses %s, and says where', (source, message) => {
    expect(() => parseNotation(source)).toThrow(NotationError);
    expect(() => parseNotation(source)).toThrow(message);
  });

  test('sets what is summed or optimised over below, and leaves gaps behind names', () => {
    const first = (source: string) => parseNotation(source) as MathNode & { kind: 'script' };
    expect(hasLimits(first('∑_i').base)).toBe(true);
    expect(hasLimits(first('argmax_c').base)).toBe(true);
    expect(hasLimits(first('w_i').base)).toBe(false);
    const gaps = (source: string) => {
      const { children } = parseNotation(source) as MathNode & { kind: 'row' };
      return children.map((child, at) => gapBefore(child, children[at - 1]));
    };
    expect(gaps('log softmax (x) y')).toEqual([false, true, false, false]);
    expect(gaps('argmax_c f')).toEqual([false, true]);
    expect(gaps('a b "or" c')).toEqual([false, false, true, true]);
  });
});
