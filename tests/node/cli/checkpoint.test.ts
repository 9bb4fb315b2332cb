import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readCheckpoint, writeCheckpoint } from '../../../cli/lib/checkpoint';
import { syntheticEpochs, syntheticHead } from '../../support/synthetic-run';

test.each([{ kept: Float32Array.of(1, 0, 1, 1) }, {}])(
  'a checkpoint comes back as it was written, %o',
  async (more) => {
    const head = await syntheticHead({ seed: 3, epochs: 4 });
    const epochs = syntheticEpochs(head, 2);
    const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => i / 3);
    const snapshot = {
      ...{ weights: numbers(7), momentum: numbers(7) },
      ...{ alpha: numbers(4), first: numbers(4), second: numbers(4) },
      alphaSteps: 9,
      ...more,
    };
    const folder = await mkdtemp(path.join(tmpdir(), 'checkpoint-'));
    const file = path.join(folder, 'run.checkpoint');
    await writeCheckpoint(file, { head, epochs, snapshot });
    expect(await readCheckpoint(file)).toEqual({ head, epochs, snapshot });
    expect(await readCheckpoint(path.join(folder, 'none.checkpoint'))).toBeNull();
  },
);
