import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ArmKey } from '../../../src/paper/experiment/arm';
import { configFor } from '../../../src/paper/experiment/config';
import { readExtract } from '../../../src/trace/extract';
import { readTraceBlob } from '../../../src/trace/unpack';
import { magnitudeBundles } from '../../../src/view/chart/series';
import { extractSource, sceneSource } from '../../../src/view/state/scene-source';

/* What is drawn of a recording is the same from its extract as from its trace. */

const bytesOf = (name: string) =>
  readFileSync(new URL(`../../../public/recordings/${name}`, import.meta.url));

async function both(arm: ArmKey) {
  const { runs } = await readTraceBlob(new Blob([bytesOf(`${arm}-bench.json.gz`)]));
  const extract = await readExtract(new Uint8Array(bytesOf(`${arm}-bench.extract.gz`)));
  const { effective } = configFor({ arm, scale: 'bench' });
  return {
    whole: sceneSource(
      arm,
      arm,
      runs.map((run) => ({ head: run, epochs: run.epochs })),
    ),
    brief: extractSource(arm, arm, extract, effective),
  };
}

test.each(['baseline', 'no-skip', 'one-shot-1', 'enas'] as const)(
  '%s is drawn the same',
  async (arm) => {
    const { whole, brief } = await both(arm);
    expect({ ...brief, trajectories: [] }).toEqual({ ...whole, trajectories: [] });
    const told = (source: typeof whole) =>
      source.trajectories.map(({ seed, total, epochs }) => ({
        seed,
        total,
        epochs: epochs.map(({ epoch, phase, alpha, arch }) => ({ epoch, phase, alpha, arch })),
      }));
    expect(told(brief!)).toEqual(told(whole));
    expect(magnitudeBundles(brief!)).toEqual(magnitudeBundles(whole));
  },
);

test('an extract does not know alpha before it was released', async () => {
  const { brief } = await both('warmup-10');
  expect(brief).toBeNull();
});
