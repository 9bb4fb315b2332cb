import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../scripts/ensure.mjs';
import { RandomStream } from '../../src/data/random';
import { DEFAULT_SETTINGS } from '../../src/paper/regime';
import type { Command, Report } from '../../src/trainer/protocol';
import { computedBy, kindsOf, storedRuns } from './stored';
import { openSite, type Site } from './visitor';

/*
 * The trainer's worker, ended at random points: while it starts, reads its checkpoint, takes a step,
 * writes, or has written and not yet told. CUT_SEED repeats a failure, or looks for another.
 */

const SEED = Number(process.env.CUT_SEED ?? 1);
const CUTS = 52;
const EPOCHS = 24;
const TRAIN: Command = {
  type: 'train',
  settings: { ...DEFAULT_SETTINGS, scale: 'c2-n1-r8-i32-b16', warmup: 4, epochs: EPOCHS - 4 },
  seeds: [3],
  name: 'cuts',
};

let site: Site;
let page: Page;
let script: string;

beforeAll(async () => {
  site = await openSite();
  const context = await site.browser.newContext();
  page = await context.newPage();
  // A page of the app's origin that trains nothing of its own.
  await page.goto(`${site.url}schema/alphascope-trace-1.json`);
  script = `${site.url}assets/${await trainerScript()}`;
});

afterAll(() => site.close());

async function trainerScript(): Promise<string> {
  const folder = path.join(ROOT, 'dist', 'assets');
  const workers = (await readdir(folder)).filter((name) => /^worker-.*\.js$/.test(name));
  for (const name of workers) {
    if ((await readFile(path.join(folder, name), 'utf8')).includes('train-cells')) return name;
  }
  throw new Error('The build has no trainer.');
}

interface Life {
  /** Epochs whose records were reported: what the trainer has promised to keep. */
  readonly promised: readonly number[];
  /** Null when it was cut before its end. */
  readonly end: string | null;
}

/** One life of the worker, which ends so many reports and milliseconds after its start. */
function live(command: Command, reports: number, milliseconds: number): Promise<Life> {
  return page.evaluate(
    async ({ script, command, reports, milliseconds }) => {
      const worker = new Worker(script, { type: 'module' });
      const promised: number[] = [];
      let heard = 0;
      const end = await new Promise<string | null>((resolve) => {
        const cut = () => setTimeout(() => resolve(null), milliseconds);
        worker.onmessage = ({ data }: MessageEvent<Report>) => {
          if (data.type === 'epoch') promised.push(data.record.epoch);
          if (data.type === 'fault') resolve(`${data.kind}: ${data.message}`);
          if (data.type === 'status' && data.status.state === 'finished') resolve('finished');
          if (++heard === reports) cut();
        };
        worker.onerror = ({ message }) => resolve(`error: ${message}`);
        for (const one of [{ type: 'open', backend: 'wasm' }, command]) worker.postMessage(one);
        if (reports === 0) cut();
      });
      worker.terminate();
      return { promised, end };
    },
    { script, command, reports, milliseconds },
  );
}

test(`${CUTS} cuts at random points lose no record and change no bit`, async () => {
  expect((await live(TRAIN, Infinity, 0)).end).toBe('finished');
  const [whole] = await storedRuns(page);
  const reference = computedBy(whole!);
  expect(reference).toHaveLength(EPOCHS);

  const random = RandomStream.named(SEED, 'cuts');
  let uid: string | null = null;
  let promised = 0;
  let resumed = 0;
  let finished = 0;
  for (let cut = 1; cut <= CUTS || uid !== null; cut++) {
    const where = `cut ${cut} of seed ${SEED}`;
    const command: Command = uid === null ? TRAIN : { type: 'continue', uid };
    const reports = cut <= CUTS ? Math.floor(50 * random.uniform()) : Infinity;
    const life = await live(command, reports, 20 * random.uniform());
    promised = Math.max(promised, ...life.promised);

    const run = (await storedRuns(page)).at(-1)!;
    if (run.head.uid === whole!.head.uid || run.head.state === 'finished') {
      // Cut before there was a run, or after its end.
      if (life.end !== null) expect(life.end, where).toBe('finished');
      if (run.head.uid === whole!.head.uid || run.head.uid !== uid) expect(promised).toBe(0);
      else expect(computedBy(run), where).toEqual(reference);
      if (run.head.uid === uid) finished += 1;
      uid = null;
      promised = 0;
      continue;
    }
    expect(life.end, where).toBeNull();
    uid = run.head.uid;
    expect(run.epochs.length, where).toBeGreaterThanOrEqual(promised);
    expect(run.head.epochCount, where).toBe(run.epochs.length);
    expect(run.checkpoint, where).toBe(run.epochs.length);
    expect(computedBy(run), where).toEqual(reference.slice(0, run.epochs.length));
    resumed = Math.max(resumed, kindsOf(run).filter((kind) => kind === 'resumed').length);
  }
  console.log(`${CUTS} cuts over ${finished} finished runs, up to ${resumed} times resumed`);
  expect(finished).toBeGreaterThan(1);
  expect(resumed).toBeGreaterThan(2);
});
