import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../../scripts/ensure.mjs';
import { STAGES } from '../../../scripts/stages.mjs';
import { linkPackages, withFolder } from './project';

const PLANTED = path.join(ROOT, 'tests/planted/types');
const COMMANDS = STAGES.find(({ name }) => name === 'types')!.commands!;

/** Runs the type stage on our settings with the given planted files as the sources. */
function check(...files: readonly string[]) {
  return withFolder((folder) => {
    for (const name of ['tsconfig.json', 'svelte.config.js']) {
      cpSync(path.join(ROOT, name), path.join(folder, name));
    }
    for (const name of files) cpSync(path.join(PLANTED, name), path.join(folder, 'src', name));
    linkPackages(folder);
    const [command, ...others] = COMMANDS;
    expect(others).toEqual([]);
    const { status, stdout } = spawnSync(process.execPath, command!, {
      cwd: folder,
      encoding: 'utf8',
      // Colours, which CI machines get unasked, would stand between a name and its line.
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
    });
    return { status, stdout };
  });
}

describe('the type check looks', () => {
  test('at TypeScript, JavaScript and components', async () => {
    const wrong = ['wrong.ts', 'wrong.mjs', 'Wrong.svelte'];
    const { status, stdout } = await check('right.ts', 'Right.svelte', ...wrong);
    expect(stdout).toMatch(/wrong\.ts:1:14\n.*Type 'string' is not assignable to type 'number'/);
    expect(stdout).toMatch(/wrong\.mjs:2:14\n.*Type 'string' is not assignable to type 'number'/);
    expect(stdout).toMatch(
      /Wrong\.svelte:3:\d+\n.*Type 'number' is not assignable to type 'string'/,
    );
    expect(stdout).not.toMatch(/right\.ts|Right\.svelte/);
    expect(status).not.toBe(0);
  });

  test('at what a screen reader needs', async () => {
    const { status, stdout } = await check('Right.svelte', 'Unlabelled.svelte');
    expect(stdout).toMatch(/Unlabelled\.svelte:1/);
    expect(stdout).toMatch(/a11y_missing_attribute/);
    expect(status).not.toBe(0);
  });

  test('at every source file', () => {
    const { fileNames, errors } = ts.getParsedCommandLineOfConfigFile(
      path.join(ROOT, 'tsconfig.json'),
      {},
      {
        ...ts.sys,
        onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
          throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
        },
      },
    )!;
    expect(errors).toEqual([]);
    const seen = new Set(fileNames.map((file) => path.relative(ROOT, file)));
    const sources = ['src', 'tests', 'scripts', 'cli'].flatMap((folder) =>
      readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        path.join(folder, name),
      ),
    );
    // Planted mistakes, and AssemblyScript, which its own compiler checks.
    const others = ['tests/planted/', 'src/engine/fused/wasm/assembly/'];
    const missed = sources.filter(
      (name) =>
        /\.(ts|mjs)$/.test(name) &&
        !others.some((folder) => name.startsWith(folder)) &&
        !seen.has(name),
    );
    expect(missed).toEqual([]);
  });
});
