import axe from 'axe-core';
import { expect, test } from 'vitest';
import { ONE_SHOT_OPERATIONS } from '../../../src/paper/operation';
import { ONE_SHOT_3 } from '../../../src/paper/space/nas-bench-1shot1';
import { runDigest } from '../../../src/trace/digest';
import type { TraceRun } from '../../../src/trace/types';
import { syntheticHead, syntheticRun } from '../../support/synthetic-run';
import { openPage, theStore, usePage } from './page';

usePage();

/** An invented run in which every block comes to prefer the 1x1 convolution. */
async function oneShotRun(seed: number): Promise<TraceRun> {
  const settings = { space: 'nas-bench-1shot1-3', ops: ONE_SHOT_OPERATIONS, epochs: 6 } as const;
  const head = await syntheticHead({ seed, epochs: 6, settings });
  const { epochs: records } = await syntheticRun({ seed, epochs: 6 });
  const rows = ONE_SHOT_3.rows(ONE_SHOT_OPERATIONS);
  const epochs = records.map((record) => {
    const alpha = rows.map(({ columns }) => columns.map((_, at) => 0.1 * at * record.epoch));
    return { ...record, alpha, arch: ONE_SHOT_3.derive(alpha, ONE_SHOT_OPERATIONS), steps: [] };
  });
  return { ...head, epochs, digest: await runDigest({ ...head, epochs }) };
}

test('a run of another space shows its magnitudes and curves, and says that its cell is not drawn', async () => {
  await (await theStore()).importRuns([await oneShotRun(0), await oneShotRun(1)]);
  const { app, screen } = await openPage();
  await expect
    .element(
      screen.getByText('The cell of NAS-Bench-1Shot1, space 3 is not drawn', { exact: false }),
    )
    .toBeVisible();
  app.clock.seek(6);
  await expect
    .element(
      screen.getByText(/leads since epoch \d+ in 2 of 2 seeds; it now holds all five choice/),
    )
    .toBeVisible();
  await expect.element(screen.getByRole('heading', { name: 'Operation magnitude' })).toBeVisible();
  expect(document.body.textContent).toContain('mean of softmax(alpha) over the choice blocks');
  await expect.element(screen.getByRole('heading', { name: 'Loss' })).toBeVisible();
  app.clock.seek(0.5);
  const { violations } = await axe.run(document.body);
  expect(violations.map(({ id }) => id)).toEqual([]);
});
