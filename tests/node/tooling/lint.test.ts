import { ESLint } from 'eslint';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../../scripts/ensure.mjs';

const eslint = new ESLint({ cwd: ROOT });

/** Rules that a text breaks when it stands in place of an existing source file. */
async function broken(file: string, text: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(text, { filePath: path.join(ROOT, file) });
  return [...new Set(result?.messages.map(({ ruleId }) => ruleId))];
}

// Both exist; the rules that know types only look at files of the project.
const MODULE = 'src/trainer/protocol.ts';
const COMPONENT = 'src/view/App.svelte';

test.each([
  ['element.innerHTML', MODULE, "document.body.innerHTML = '<b>x</b>';", 'no-restricted-syntax'],
  [
    'insertAdjacentHTML',
    MODULE,
    "document.body.insertAdjacentHTML('beforeend', 'x');",
    'no-restricted-syntax',
  ],
  ['document.write', MODULE, "document.write('x');", 'no-restricted-syntax'],
  ['eval', MODULE, "export const x: unknown = eval('1');", 'no-eval'],
  ['new Function', MODULE, "export const f = new Function('return 1');", 'no-new-func'],
  ['a timer of text', MODULE, "setTimeout('1', 10);", '@typescript-eslint/no-implied-eval'],
  ['Math.random', MODULE, 'export const x = Math.random();', 'no-restricted-syntax'],
  [
    'a random tensor',
    MODULE,
    "import * as tf from '@tensorflow/tfjs-core';\nexport const x = tf.randomNormal([2]);",
    'no-restricted-syntax',
  ],
  [
    'a random operation by name',
    MODULE,
    "import { truncatedNormal } from '@tensorflow/tfjs-core';\nexport const x = truncatedNormal([2]);",
    'no-restricted-syntax',
  ],
  [
    'waiting for a frame',
    MODULE,
    "import { nextFrame } from '@tensorflow/tfjs-core';\nawait nextFrame();",
    'no-restricted-syntax',
  ],
  [
    'a promise left alone',
    MODULE,
    "fetch('data/manifest.json');",
    '@typescript-eslint/no-floating-promises',
  ],
  ['any', MODULE, 'export const x: any = 1;', '@typescript-eslint/no-explicit-any'],
  [
    'the DOM in a pure layer',
    'src/paper/cell.ts',
    'export const x = document.title;',
    'no-restricted-globals',
  ],
  ['{@html}', COMPONENT, '{@html "<b>x</b>"}', 'svelte/no-at-html-tags'],
  ['a style attribute', COMPONENT, '<p style="color: red">x</p>', 'no-restricted-syntax'],
  ['a button without a type', COMPONENT, '<button>x</button>', 'svelte/button-has-type'],
])('the linter refuses %s', async (_, file, text, rule) => {
  expect(await broken(file, `${text}\n`)).toContain(rule);
});

test('and has nothing against sound text', async () => {
  expect(await broken(MODULE, 'export const x = 1 + Math.max(1, 2);\n')).toEqual([]);
  expect(
    await broken(COMPONENT, '<p style:color="red"><button type="button">x</button></p>\n'),
  ).toEqual([]);
});
