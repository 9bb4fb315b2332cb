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
 * @property {number} [beside] set: it runs beside those that have none, at this niceness (0 to 19)
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

/** Takes what others leave and nothing else; no check looks at a clock. */
const LEFT_OVER = 19;
/** Gives way to a browser, yet not so far that a test of its own would run out of time. */
const SECOND = 2;

/**
 * Stages that drive a browser leave half a core or more idle: they wait for one thread of a GPU, for
 * timers and for frames. Of each kind they run in this order.
 *
 * @type {Stage[]}
 */
export const STAGES = [
  {
    name: 'format',
    beside: LEFT_OVER,
    // What it remembers lies among the packages, and is forgotten with them.
    commands: [
      [
        tool('prettier', 'bin/prettier.cjs'),
        '--check',
        '--log-level=warn',
        '--cache',
        '--cache-strategy=content',
        '.',
      ],
    ],
  },
  {
    name: 'lint',
    beside: LEFT_OVER,
    commands: [[ROOMY, path.join(ROOT, 'scripts/lint.mjs')]],
  },
  {
    name: 'types',
    beside: LEFT_OVER,
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
  {
    name: 'layers',
    beside: LEFT_OVER,
    commands: [[path.join(ROOT, 'scripts/layers.mjs')]],
  },
  {
    name: 'dead-code',
    beside: LEFT_OVER,
    commands: [[tool('knip', 'bin/knip.js')]],
  },
  { name: 'unit', beside: SECOND, project: 'node' },
  { name: 'build', commands: [[path.join(ROOT, 'scripts/build.mjs')]] },
  // First those of its tests that are to have the browser to themselves: beside checks alone.
  { name: 'faults', project: 'faults*', browser: true },
  { name: 'browser', project: 'browser', browser: true },
];
