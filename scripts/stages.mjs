import path from 'node:path';
import { ROOT } from './ensure.mjs';

/**
 * One part of the tests: commands, which count as one test together, or a project of Vitest.
 *
 * @typedef {object} Stage
 * @property {string} name
 * @property {string[][]} [commands] arguments of Node
 * @property {string} [project] of vitest.config.ts; a pattern names several
 * @property {boolean} [browser] whether it needs Chromium
 */

/**
 * A tool's program, run by Node itself: no shell, no wrapper to be left behind.
 *
 * @param {string} packageName
 * @param {string} file
 */
export const tool = (packageName, file) => path.join(ROOT, 'node_modules', packageName, file);

const TSC = tool('typescript', 'bin/tsc');
const SVELTE_CHECK = tool('svelte-check', 'bin/svelte-check');

/** In the order they run. @type {Stage[]} */
export const STAGES = [
  {
    name: 'format',
    commands: [[tool('prettier', 'bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
  },
  { name: 'lint', commands: [[tool('eslint', 'bin/eslint.js'), '--max-warnings', '0', '.']] },
  {
    name: 'types',
    commands: [
      [TSC, '--noEmit', '-p', '.'],
      [SVELTE_CHECK, '--fail-on-warnings', '--tsconfig', './tsconfig.json', '--output', 'human'],
    ],
  },
  { name: 'layers', commands: [[path.join(ROOT, 'scripts/layers.mjs')]] },
  {
    name: 'dead-code',
    commands: [[tool('knip', 'bin/knip.js')]],
  },
  { name: 'build', commands: [[path.join(ROOT, 'scripts/build.mjs')]] },
  { name: 'unit', project: 'node' },
  { name: 'browser', project: 'browser', browser: true },
  { name: 'faults', project: 'faults*', browser: true },
];
