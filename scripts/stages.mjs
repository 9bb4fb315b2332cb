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

/** For programs that make millions of short-lived objects: their memory is looked through less often. */
const ROOMY = '--max-semi-space-size=64';

/** In the order they run. @type {Stage[]} */
export const STAGES = [
  {
    name: 'format',
    commands: [[tool('prettier', 'bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
  },
  { name: 'lint', commands: [[ROOMY, path.join(ROOT, 'scripts/lint.mjs')]] },
  {
    name: 'types',
    // Of every file in tsconfig.json, not of components alone: what tsc says as well.
    commands: [
      [
        ROOMY,
        tool('svelte-check', 'bin/svelte-check'),
        '--fail-on-warnings',
        '--tsconfig',
        './tsconfig.json',
        '--output',
        'human',
      ],
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
