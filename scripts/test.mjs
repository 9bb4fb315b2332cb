import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { endOnSignals, runChild } from './child.mjs';
import { ROOT, ensureChromium, ensurePackages, ensurePython, log } from './ensure.mjs';
import { readOptions, refuse } from './options.mjs';
import { STAGES, tool } from './stages.mjs';
import { countReport, summary } from './verdict.mjs';

/** @typedef {import('./verdict.mjs').Result} Result */
/** No stage takes this long, even on a machine that is busy otherwise; one that hangs is stopped. */
const STAGE_LIMIT = 30 * 60_000;

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
 * @param {number} output file descriptor
 * @returns {Promise<Omit<Result, 'name' | 'seconds'>>}
 */
async function runCommands(commands, output) {
  for (const args of commands) {
    const status = await runChild(process.execPath, args, {
      cwd: ROOT,
      limit: STAGE_LIMIT,
      output,
    });
    if (status !== 0) return { passed: 0, failed: 1, skipped: 0 };
  }
  return { passed: 1, failed: 0, skipped: 0 };
}

/**
 * Runs stages of commands side by side: each uses one core. What a stage prints is shown when it
 * has ended; one that hangs is stopped.
 *
 * @param {readonly import('./stages.mjs').Stage[]} stages
 * @param {() => boolean} goesOn asked before each stage
 * @returns {Promise<Result[]>} in the order of the stages
 */
async function runChecks(stages, goesOn) {
  mkdirSync(REPORTS, { recursive: true });
  /** @type {Result[]} */
  const results = [];
  const waiting = [...stages];
  const lane = async () => {
    for (let stage = waiting.shift(); stage && goesOn(); stage = waiting.shift()) {
      const { name, commands = [] } = stage;
      const file = path.join(REPORTS, `${name}.log`);
      const output = openSync(file, 'w');
      const start = performance.now();
      const counts = await runCommands(commands, output).finally(() => closeSync(output));
      const seconds = (performance.now() - start) / 1000;
      results.push({ name, seconds, ...counts });
      if (counts.failed > 0) failed = true;
      console.log(`\n=== ${name}\n${readFileSync(file, 'utf8').trim()}`);
      if (seconds * 1000 >= STAGE_LIMIT)
        console.error(`Stopped after ${STAGE_LIMIT / 60_000} minutes.`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane));
  const place = (/** @type {Result} */ { name }) => NAMES.indexOf(name);
  return results.sort((a, b) => place(a) - place(b));
}

/**
 * @param {string} project of vitest.config.ts
 * @returns {Promise<Omit<Result, 'name' | 'seconds'>>}
 */
async function runProject(project) {
  const report = path.join(REPORTS, `${project.replace('*', '')}.json`);
  rmSync(report, { force: true });
  mkdirSync(REPORTS, { recursive: true });
  const status = await runChild(
    process.execPath,
    [
      tool('vitest', 'vitest.mjs'),
      'run',
      '--project',
      project,
      // By itself it leaves a core to a watching developer.
      `--maxWorkers=${availableParallelism()}`,
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
let failed = false;
try {
  await ensurePackages(ROOT, { log });
  if (stages.some(({ browser }) => browser)) await ensureChromium({ log });
  if (stages.some(({ name }) => name === 'unit')) await ensurePython({ log });
  // Tests of data read what the build would read; a second call finds it there.
  const { prepareData } = await import('./prepare-data.mjs');
  await prepareData(ROOT, { log });

  const goesOn = () => !(failed && options.bail === true);
  results.push(
    ...(await runChecks(
      stages.filter(({ project }) => project === undefined),
      goesOn,
    )),
  );
  for (const { name, project } of stages) {
    if (project === undefined || !goesOn()) continue;
    console.log(`\n=== ${name}`);
    const start = performance.now();
    const counts = await runProject(project);
    results.push({ name, seconds: (performance.now() - start) / 1000, ...counts });
    if (counts.failed > 0) failed = true;
  }
  const { lines } = summary(results);
  console.log(lines.join('\n'));
  process.exitCode = failed ? 1 : 0;
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
