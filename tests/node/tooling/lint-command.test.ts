import { spawn } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { ROOT } from '../../../scripts/ensure.mjs';
import { STAGES, tool } from '../../../scripts/stages.mjs';
import { linkPackages, withFolder, write } from './project';

/* `scripts/lint.mjs` finds what ESLint finds by itself, in files of every kind that it treats in its own way. */

const PLANTED = path.join(ROOT, 'tests/planted/lint');
const [COMMAND] = STAGES.find(({ name }) => name === 'lint')!.commands!;

/** Our settings over the planted files; the command finds its root beside itself. */
function lay(folder: string): void {
  for (const name of ['eslint.config.js', 'svelte.config.js', 'package.json', 'scripts']) {
    cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  }
  const settings = JSON.parse(readFileSync(path.join(ROOT, 'tsconfig.json'), 'utf8')) as object;
  write(folder, { 'tsconfig.json': JSON.stringify({ ...settings, include: ['src'] }) });
  cpSync(PLANTED, path.join(folder, 'src'), { recursive: true });
  linkPackages(folder);
}

async function findings(folder: string, args: readonly string[]) {
  const child = spawn(process.execPath, [...args, 'src'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    // Colours, which CI machines get unasked, would stand in one output and not in the other.
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  return { output: await text(child.stdout), status: await ended };
}

/** Rules that a file breaks, by the lines on which it does: `7 @typescript-eslint/no-floating-promises`. */
function brokenIn(output: string, file: string): string[] {
  const block = output.split('\n\n').find((part) => part.includes(`${file}\n`)) ?? '';
  return [...block.matchAll(/^ +(\d+):\d+ .* (\S+)$/gm)].map(([, line, rule]) => `${line} ${rule}`);
}

test('the lint command finds every planted fault, as ESLint does by itself', () =>
  withFolder(async (folder) => {
    lay(folder);
    const command = COMMAND!.map((part) => part.replace(ROOT, folder));
    const [ours, plain] = await Promise.all([
      findings(folder, command),
      findings(folder, [tool('eslint', 'bin/eslint.js')]),
    ]);
    expect(ours.output.trim()).toBe(plain.output.trim());
    expect([ours.status, plain.status]).toEqual([1, 1]);
    expect(brokenIn(ours.output, 'wrong.ts')).toEqual([
      '4 @typescript-eslint/no-explicit-any',
      '5 no-restricted-syntax',
      '8 @typescript-eslint/no-floating-promises',
      '9 no-console',
      '9 @typescript-eslint/no-unnecessary-type-assertion',
    ]);
    expect(brokenIn(ours.output, 'Wrong.svelte')).toEqual([
      '2 @typescript-eslint/consistent-type-imports',
      '5 @typescript-eslint/no-unnecessary-type-assertion',
      '7 @typescript-eslint/no-floating-promises',
      '11 no-restricted-syntax',
      '11 svelte/no-at-html-tags',
      '12 svelte/button-has-type',
    ]);
    expect(brokenIn(ours.output, 'later.svelte.ts')).toEqual([
      '12 @typescript-eslint/no-floating-promises',
    ]);
    expect(ours.output).not.toContain('Right.svelte');
  }));
