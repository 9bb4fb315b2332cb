import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { endOnSignals, runChild } from './child.mjs';
import { ROOT, ensureChromium, ensurePackages, ensurePython, log } from './ensure.mjs';
import { readOptions, refuse } from './options.mjs';
import { STAGES, tool } from './stages.mjs';
import { countReport, ending, summary } from './verdict.mjs';

/** @typedef {import('./verdict.mjs').Result} Result */
/** @typedef {Omit<Result, 'name' | 'seconds'>} Counts */
/** @typedef {import('./stages.mjs').Stage} Stage */
/** No stage takes this long, even on a machine that is busy otherwise; one that hangs is stopped. */
const STAGE_LIMIT = 30 * 60_000;

/** Vitest's machine-readable reports, one for each project. */
const REPORTS = path.join(ROOT, 'test-results');

const NAMES = STAGES.map(({ name }) => name);

const USAGE = `Usage: npm test -- [--only STAGE,STAGE] [--bail]

Installs what is missing, Chromium included, and runs every check and test.

  --only   some stages only: ${NAMES.join(', ')}
  --bail   start no other stage after one that fails`;

/**
 * How a stage runs: where its output goes, and how far it gives way to what runs beside it.
 *
 * @typedef {{ output: 'inherit' | number, niceness: number }} Manner
 */

/**
 * Runs commands one after the other until one fails. They count as one test.
 *
 * @param {string[][]} commands arguments of Node
 * @param {Manner} manner
 * @returns {Promise<Counts>}
 */
async function runCommands(commands, manner) {
  for (const args of commands) {
    const status = await runChild(process.execPath, args, {
      cwd: ROOT,
      limit: STAGE_LIMIT,
      ...manner,
    });
    if (status !== 0) return { passed: 0, failed: 1, skipped: 0, failures: [] };
  }
  return { passed: 1, failed: 0, skipped: 0, failures: [] };
}

/**
 * @param {string} project of vitest.config.ts
 * @param {Manner} manner
 * @returns {Promise<Counts>}
 */
async function runProject(project, manner) {
  const report = path.join(REPORTS, `${project.replace('*', '')}.json`);
  rmSync(report, { force: true });
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
    { cwd: ROOT, limit: STAGE_LIMIT, ...manner },
  );
  let text = '';
  try {
    text = readFileSync(report, 'utf8');
  } catch {
    // Vitest ended before it could write one; countReport counts that as a failure.
  }
  return countReport(text, status);
}

/** Runs stages and keeps what they came to. */
class Run {
  /** @type {Result[]} */
  results = [];
  /** What stages have said that were not heard while they ran. @type {string[]} */
  #unheard = [];
  /** Whether a stage is heard as it runs. */
  #speaking = false;

  /** @param {boolean} bail whether nothing starts after a failure */
  constructor(bail) {
    this.bail = bail;
  }

  get failed() {
    return this.results.some(({ failed }) => failed > 0);
  }

  /**
   * Runs a stage, which is heard as it runs, or when it has ended and nobody else speaks.
   *
   * @param {Stage} stage
   * @param {boolean} aloud
   * @param {number} niceness
   */
  async stage(stage, aloud, niceness) {
    if (this.bail && this.failed) return;
    const { name, project, commands = [] } = stage;
    const file = path.join(REPORTS, `${name}.log`);
    const output = aloud ? 'inherit' : openSync(file, 'w');
    if (aloud) {
      console.log(`\n=== ${name}`);
      this.#speaking = true;
    }
    /** @type {Manner} */
    const manner = { output, niceness };
    const start = performance.now();
    const counts = await (project === undefined
      ? runCommands(commands, manner)
      : runProject(project, manner));
    const seconds = (performance.now() - start) / 1000;
    this.results.push({ name, seconds, ...counts });
    if (typeof output === 'number') {
      closeSync(output);
      const said = readFileSync(file, 'utf8').trim();
      this.#unheard.push(`\n=== ${name}\n${said}`);
      if (counts.failed > 0 && counts.failures.length === 0) counts.failures.push(ending(said));
    } else this.#speaking = false;
    if (seconds * 1000 >= STAGE_LIMIT) {
      this.#unheard.push(`${name} was stopped after ${STAGE_LIMIT / 60_000} minutes.`);
    }
    if (!this.#speaking) for (const text of this.#unheard.splice(0)) console.log(text);
  }

  /**
   * Checks side by side, since each uses one core, and then tests, which use all.
   *
   * @param {readonly Stage[]} stages
   * @param {boolean} alone whether nothing runs beside them
   */
  async stages(stages, alone) {
    const niceness = (/** @type {Stage} */ { beside = 0 }) => (alone ? 0 : beside);
    const checks = stages.filter(({ project }) => project === undefined);
    const lane = async () => {
      for (let stage = checks.shift(); stage; stage = checks.shift()) {
        await this.stage(stage, false, niceness(stage));
      }
    };
    await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane));
    for (const stage of stages.filter(({ project }) => project !== undefined)) {
      await this.stage(stage, alone || stage.beside === undefined, niceness(stage));
    }
  }
}

const options = readOptions(USAGE, { only: { type: 'string' }, bail: { type: 'boolean' } });
const only = options.only?.split(',');
for (const name of only ?? []) {
  if (!NAMES.includes(name)) refuse(`Unknown stage '${name}'`, USAGE);
}
const stages = STAGES.filter(({ name }) => only?.includes(name) ?? true);

endOnSignals();

const run = new Run(options.bail === true);
try {
  await ensurePackages(ROOT, { log });
  if (stages.some(({ browser }) => browser)) await ensureChromium({ log });
  if (stages.some(({ name }) => name === 'unit')) await ensurePython({ log });
  // Tests of data read what the build would read; a second call finds it there.
  const { prepareData } = await import('./prepare-data.mjs');
  await prepareData(ROOT, { log });

  mkdirSync(REPORTS, { recursive: true });
  const beside = stages.filter((stage) => stage.beside !== undefined);
  const others = stages.filter((stage) => stage.beside === undefined);
  if (beside.length === 0 || others.length === 0 || availableParallelism() === 1) {
    await run.stages(beside, true);
    await run.stages(others, true);
  } else await Promise.all([run.stages(beside, false), run.stages(others, false)]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  run.results.push({ name: 'set-up', seconds: 0, passed: 0, failed: 1, skipped: 0, failures: [] });
}
const place = (/** @type {Result} */ { name }) => [...NAMES, name].indexOf(name);
const { lines } = summary(run.results.sort((a, b) => place(a) - place(b)));
console.log(lines.join('\n'));
process.exitCode = run.failed ? 1 : 0;
