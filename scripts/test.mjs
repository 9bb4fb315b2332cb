import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { endOnSignals, runChild } from './child.mjs';
import { ROOT, ensureChromium, ensurePackages, log } from './ensure.mjs';
import { readOptions, refuse } from './options.mjs';
import { STAGES, tool } from './stages.mjs';
import { countReport, summary } from './verdict.mjs';

/** @typedef {import('./verdict.mjs').Result} Result */
/** No stage takes this long; one that hangs must not hang the whole. */
const STAGE_LIMIT = 10 * 60_000;

/** Vitest's machine-readable reports, one for each project. */
const REPORTS = path.join(ROOT, 'test-results');

const NAMES = STAGES.map(({ name }) => name);

const USAGE = `Usage: npm test -- [--only STAGE,STAGE] [--bail]

Installs what is missing, Chromium included, and runs every check and test.

  --only   some stages only: ${NAMES.join(', ')}
  --bail   stop after the first stage that fails`;

/**
 * Runs commands one after the other until one fails. They count as one test.
 *
 * @param {string[][]} commands arguments of Node
 * @returns {Promise<Omit<Result, 'name' | 'seconds'>>}
 */
async function runCommands(commands) {
  for (const args of commands) {
    const status = await runChild(process.execPath, args, { cwd: ROOT, limit: STAGE_LIMIT });
    if (status === 124) console.error(`Stopped after ${STAGE_LIMIT / 60_000} minutes.`);
    if (status !== 0) return { passed: 0, failed: 1, skipped: 0 };
  }
  return { passed: 1, failed: 0, skipped: 0 };
}

/**
 * @param {string} project of vitest.config.ts
 * @returns {Promise<Omit<Result, 'name' | 'seconds'>>}
 */
async function runProject(project) {
  const report = path.join(REPORTS, `${project}.json`);
  rmSync(report, { force: true });
  mkdirSync(REPORTS, { recursive: true });
  const status = await runChild(
    process.execPath,
    [
      tool('vitest', 'vitest.mjs'),
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    { cwd: ROOT, limit: STAGE_LIMIT },
  );
  if (status === 124) console.error(`Stopped after ${STAGE_LIMIT / 60_000} minutes.`);
  let text = '';
  try {
    text = readFileSync(report, 'utf8');
  } catch {
    // Vitest ended before it could write one; countReport counts that as a failure.
  }
  return countReport(text, status);
}

const options = readOptions(USAGE, { only: { type: 'string' }, bail: { type: 'boolean' } });
const only = options.only?.split(',');
for (const name of only ?? []) {
  if (!NAMES.includes(name)) refuse(`Unknown stage '${name}'`, USAGE);
}
const stages = STAGES.filter(({ name }) => only?.includes(name) ?? true);

endOnSignals();

/** @type {Result[]} */
const results = [];
try {
  await ensurePackages(ROOT, { log });
  if (stages.some(({ browser }) => browser)) await ensureChromium({ log });
  // Tests of data read what the build would read; a second call finds it there.
  const { prepareData } = await import('./prepare-data.mjs');
  await prepareData(ROOT, { log });

  for (const { name, commands = [], project } of stages) {
    console.log(`\n=== ${name}`);
    const start = performance.now();
    const counts = await (project === undefined ? runCommands(commands) : runProject(project));
    results.push({ name, seconds: (performance.now() - start) / 1000, ...counts });
    if (options.bail === true && counts.failed > 0) break;
  }
  const { lines, failed } = summary(results);
  console.log(lines.join('\n'));
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log(
    summary([
      ...results,
      { name: 'set-up', seconds: 0, passed: 0, failed: 1, skipped: 0 },
    ]).lines.join('\n'),
  );
  process.exitCode = 1;
}
