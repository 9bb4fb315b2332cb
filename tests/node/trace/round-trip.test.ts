import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTrace } from '../../../src/trace/read';
import { writeTrace } from '../../../src/trace/write';
import { syntheticRun } from '../../support/synthetic-run';
import { arbitraryRuns } from './arbitrary';

test('export, import and export again are equal in bytes, for any runs in any order', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryRuns, fc.integer(), async (made, rotation) => {
      const runs = await made;
      const first = writeTrace(runs);
      const { runs: read } = await readTrace(first);
      const at = runs.length === 0 ? 0 : Math.abs(rotation) % runs.length;
      expect(writeTrace([...read.slice(at), ...read.slice(0, at)])).toBe(first);
    }),
    { numRuns: 60 },
  );
});

test('a run read back is the run that was written, number by number', async () => {
  const run = await syntheticRun({ seed: 1, epochs: 5, settings: { warmup: 2 } });
  const { runs } = await readTrace(writeTrace([run]));
  expect(runs).toEqual([run]);
});

test('the fixture of version 1 opens and is written again byte for byte', async () => {
  const text = await readFile('tests/fixtures/trace/version-1.json', 'utf8');
  const { runs } = await readTrace(text);
  expect(runs.map(({ name, epochs }) => [name, epochs.length])).toEqual([
    ['warm-up 2', 5],
    ['swapped rates, no skip', 3],
  ]);
  expect(writeTrace(runs)).toBe(text);
});

test('the fixture of version 2, a run and its fork, opens and is written again byte for byte', async () => {
  const text = await readFile('tests/fixtures/trace/version-2.json', 'utf8');
  const { runs } = await readTrace(text);
  expect(runs.map(({ fork, toggles }) => [fork?.epoch, toggles.length])).toEqual([
    [undefined, 1],
    [3, 2],
  ]);
  expect(writeTrace(runs)).toBe(text);
});

test('four thousand epochs are written and read in reasonable time', async () => {
  const run = await syntheticRun({ seed: 1, epochs: 4000, settings: { warmup: 2000 } });
  const started = performance.now();
  const text = writeTrace([run]);
  const written = performance.now();
  const { runs } = await readTrace(text);
  const read = performance.now();
  console.log(
    `${(text.length / 1e6).toFixed(1)} MB: written in ${Math.round(written - started)} ms, ` +
      `read in ${Math.round(read - written)} ms`,
  );
  expect(runs[0]!.epochs).toHaveLength(4000);
  expect(read - started).toBeLessThan(20_000);
});
