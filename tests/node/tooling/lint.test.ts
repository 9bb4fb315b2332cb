import { spawn } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../../scripts/ensure.mjs';
import { STAGES, tool } from '../../../scripts/stages.mjs';
import { linkPackages, withFolder, write } from './project';

/*
 * Our settings refuse what they have to, and `scripts/lint.mjs` finds what ESLint finds by itself, in
 * files of every kind that it treats in its own way. Each looks once at all that is planted.
 */

const PLANTED = path.join(ROOT, 'tests/planted/lint');
const [COMMAND] = STAGES.find(({ name }) => name === 'lint')!.commands!;

const MODULE = 'src/refused.ts';
const PURE = 'src/paper/refused.ts';
const COMPONENT = 'src/Refused.svelte';

/** What is refused, the file it is planted in, its text there and the rule. */
const REFUSED: readonly (readonly [string, string, string, string])[] = [
  ['element.innerHTML', MODULE, "document.body.innerHTML = '<b>x</b>';", 'no-restricted-syntax'],
  [
    'insertAdjacentHTML',
    MODULE,
    "document.body.insertAdjacentHTML('beforeend', 'x');",
    'no-restricted-syntax',
  ],
  ['document.write', MODULE, "document.write('x');", 'no-restricted-syntax'],
  ['eval', MODULE, "export const evaluated: unknown = eval('1');", 'no-eval'],
  ['new Function', MODULE, "export const f = new Function('return 1');", 'no-new-func'],
  ['a timer of text', MODULE, "setTimeout('1', 10);", '@typescript-eslint/no-implied-eval'],
  ['Math.random', MODULE, 'export const drawn = Math.random();', 'no-restricted-syntax'],
  [
    'a random tensor',
    MODULE,
    "import * as tf from '@tensorflow/tfjs-core';\nexport const tensor = tf.randomNormal([2]);",
    'no-restricted-syntax',
  ],
  [
    'a random operation by name',
    MODULE,
    "import { truncatedNormal } from '@tensorflow/tfjs-core';\nexport const named = truncatedNormal([2]);",
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
  ['any', MODULE, 'export const anything: any = 1;', '@typescript-eslint/no-explicit-any'],
  [
    'the DOM in a pure layer',
    PURE,
    'export const title = document.title;',
    'no-restricted-globals',
  ],
  ['{@html}', COMPONENT, '{@html "<b>x</b>"}', 'svelte/no-at-html-tags'],
  ['a style attribute', COMPONENT, '<p style="color: red">x</p>', 'no-restricted-syntax'],
  ['a button without a type', COMPONENT, '<button>x</button>', 'svelte/button-has-type'],
];

const SOUND = {
  'src/sound.ts': 'export const x = 1 + Math.max(1, 2);\n',
  'src/Sound.svelte': '<p style:color="red"><button type="button">x</button></p>\n',
};

const textsIn = (file: string) => REFUSED.filter(([, where]) => where === file);

/** Our settings over the planted files; the command finds its root beside itself. */
function lay(folder: string): void {
  for (const name of ['eslint.config.js', 'svelte.config.js', 'package.json', 'scripts']) {
    cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  }
  const settings = JSON.parse(readFileSync(path.join(ROOT, 'tsconfig.json'), 'utf8')) as object;
  write(folder, { 'tsconfig.json': JSON.stringify({ ...settings, include: ['src'] }) });
  cpSync(PLANTED, path.join(folder, 'src'), { recursive: true });
  for (const file of [MODULE, PURE, COMPONENT]) {
    const lines = textsIn(file).map(([, , planted]) => `${planted}\n`);
    write(folder, { [file]: lines.join('') });
  }
  write(folder, SOUND);
  linkPackages(folder);
}

interface Findings {
  readonly output: string;
  readonly status: unknown;
}

async function findings(folder: string, args: readonly string[]): Promise<Findings> {
  const child = spawn(process.execPath, [...args, 'src'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    // Colours, which CI machines get unasked, would stand in one output and not in the other.
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  return { output: await text(child.stdout), status: await ended };
}

let ours: Findings;
let plain: Findings;

beforeAll(() =>
  withFolder(async (folder) => {
    lay(folder);
    const command = COMMAND!.map((part) => part.replace(ROOT, folder));
    [ours, plain] = await Promise.all([
      findings(folder, command),
      findings(folder, [tool('eslint', 'bin/eslint.js')]),
    ]);
  }),
);

/** Rules that a file breaks, by the lines on which it does: `7 @typescript-eslint/no-floating-promises`. */
function brokenIn(file: string): string[] {
  const block = ours.output.split('\n\n').find((part) => part.includes(`/${file}\n`)) ?? '';
  return [...block.matchAll(/^ +(\d+):\d+ .* (\S+)$/gm)].map(([, line, rule]) => `${line} ${rule}`);
}

describe('the linter', () => {
  test.each(REFUSED)('refuses %s', (what, file, planted, rule) => {
    const before = textsIn(file).slice(
      0,
      textsIn(file).findIndex(([one]) => one === what),
    );
    const first = 1 + before.reduce((sum, [, , other]) => sum + other.split('\n').length, 0);
    const own = planted.split('\n').map((_, at) => `${first + at} ${rule}`);
    expect(brokenIn(file).filter((broken) => own.includes(broken))).not.toEqual([]);
  });

  test('has nothing against sound text', () => {
    for (const file of Object.keys(SOUND)) expect(ours.output).not.toContain(file);
  });
});

test('the lint command finds every planted fault, as ESLint does by itself', () => {
  expect(ours.output.trim()).toBe(plain.output.trim());
  expect([ours.status, plain.status]).toEqual([1, 1]);
  expect(brokenIn('src/wrong.ts')).toEqual([
    '4 @typescript-eslint/no-explicit-any',
    '5 no-restricted-syntax',
    '8 @typescript-eslint/no-floating-promises',
    '9 no-console',
    '9 @typescript-eslint/no-unnecessary-type-assertion',
  ]);
  expect(brokenIn('src/Wrong.svelte')).toEqual([
    '2 @typescript-eslint/consistent-type-imports',
    '5 @typescript-eslint/no-unnecessary-type-assertion',
    '7 @typescript-eslint/no-floating-promises',
    '11 no-restricted-syntax',
    '11 svelte/no-at-html-tags',
    '12 svelte/button-has-type',
  ]);
  expect(brokenIn('src/later.svelte.ts')).toEqual(['12 @typescript-eslint/no-floating-promises']);
  expect(ours.output).not.toContain('Right.svelte');
});
