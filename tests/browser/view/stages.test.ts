import { expect, test } from 'vitest';
import { NAS_BENCH_201_STAGES } from '../../../src/paper/space/nas-bench-201-stages';
import { runDigest } from '../../../src/trace/digest';
import type { TraceRun } from '../../../src/trace/types';
import { syntheticHead, syntheticRun } from '../../support/synthetic-run';
import { downloaded, drop } from './files';
import { openPage, theStore, usePage, wrongForAxe } from './page';

usePage();

/** The operation that an invented run of this file comes to prefer in each stage. */
const PREFERRED = ['nor_conv_3x3', 'avg_pool_3x3', 'skip_connect'];

async function stagedRun(seed: number): Promise<TraceRun> {
  const head = await syntheticHead({ seed, epochs: 6, settings: { stages: true } });
  const { ops } = head.config.effective;
  const { epochs: records } = await syntheticRun({ seed, epochs: 6 });
  const epochs = records.map((record) => {
    const alpha = PREFERRED.flatMap((preferred) =>
      Array.from({ length: 6 }, () =>
        ops.map((name) => (name === preferred ? 0.2 * record.epoch : 0)),
      ),
    );
    const steps = [{ step: 1, alpha }];
    return { ...record, alpha, arch: NAS_BENCH_201_STAGES.derive(alpha, ops), steps };
  });
  return { ...head, epochs, digest: await runDigest({ ...head, epochs }) };
}

test('a run with alphas for each stage shows the cell of one, and of another where that is chosen', async () => {
  await (await theStore()).importRuns([await stagedRun(0), await stagedRun(1)]);
  const { app, screen } = await openPage();
  app.clock.seek(6);
  const sentence = (words: string) =>
    screen.getByText(new RegExp(`^${words} leads .* in 2 of 2 seeds; it now holds all six edges`));
  await expect.element(sentence('Skip-connect').first()).toBeVisible();
  await expect
    .element(
      screen.getByText(/alphas for each stage, stage 3 · mean of seeds 0.1 · epoch 6 of 6/).first(),
    )
    .toBeVisible();
  const derived = screen.getByRole('region', { name: 'Derived cell' });
  await expect
    .element(derived.getByRole('heading', { name: 'Derived cell of stage 3 of the mean' }))
    .toBeVisible();
  // What a table or a count of parameters says is of networks of one cell.
  await expect.element(derived).not.toHaveTextContent('parameters');
  await expect
    .element(screen.getByRole('region', { name: 'Accuracies' }))
    .toHaveTextContent('every stage has a cell of its own, so that no accuracy is drawn');

  const choice = screen.getByRole('combobox', { name: 'Stage', exact: true });
  await expect.element(choice).toHaveDisplayValue('stage 3 of 3');
  expect(await wrongForAxe()).toEqual([]);
  await choice.selectOptions('stage 1 of 3');
  await expect.element(sentence('3×3 convolution').first()).toBeVisible();
  await expect.element(derived).toHaveTextContent('|nor_conv_3x3~0|+|nor_conv_3x3~0');
  await choice.selectOptions('stage 2 of 3');
  await expect.element(sentence('Average pooling').first()).toBeVisible();
  await expect.element(derived).toHaveTextContent('|avg_pool_3x3~0|+|avg_pool_3x3~0');
});

test('a figure of one stage brings that stage back', async () => {
  await (await theStore()).importRuns([await stagedRun(0), await stagedRun(1)]);
  const { app, screen } = await openPage();
  app.clock.seek(6);
  const choice = screen.getByRole('combobox', { name: 'Stage', exact: true });
  await choice.selectOptions('stage 1 of 3');
  const files = screen.getByRole('group', { name: 'Files of figure operation magnitude' });
  const file = await downloaded(() => files.getByRole('button', { name: 'SVG' }).click());
  await choice.selectOptions('stage 2 of 3');
  drop(file);
  await expect.element(choice).toHaveDisplayValue('stage 1 of 3');
  await expect.element(screen.getByText(/alphas for each stage, stage 1/).first()).toBeVisible();
});

test('a run with one alpha for all stages offers none to choose', async () => {
  await (await theStore()).importRuns([await syntheticRun({ seed: 0, epochs: 6 })]);
  const { screen } = await openPage();
  await expect.element(screen.getByRole('region', { name: 'Derived cell' })).toBeVisible();
  expect(screen.getByRole('combobox', { name: 'Stage', exact: true }).query()).toBeNull();
});

test('the page switches them on where the method has them, and says what they cannot go with', async () => {
  const { app, screen } = await openPage({ hash: '#/?stages=1&epochs=3' });
  const name = 'Alphas for each stage';
  const control = screen.getByRole('switch', { name, exact: true });
  await expect.element(control).toBeChecked();
  expect(app.form.config!.effective.space).toBe('nas-bench-201-stages');
  await expect
    .element(screen.getByText('As DARTS+ has them', { exact: false }).first())
    .toBeInTheDocument();

  await screen.getByRole('combobox', { name: 'Stop early' }).selectOptions('SS, Algorithm 1');
  const message = 'Alphas for each stage: a stop rule reads one cell, and there are three.';
  await expect.element(screen.getByText(message)).toBeVisible();
  await screen.getByRole('button', { name: 'Train', exact: true }).click();
  await expect.element(screen.getByRole('alert')).toHaveTextContent(message);
  await control.click();
  await expect.poll(() => screen.getByRole('alert').query()).toBeNull();

  await control.click();
  await screen.getByRole('combobox', { name: 'Method' }).selectOptions('DrNAS');
  await expect.poll(() => control.query()).toBeNull();
  expect(app.form.problems).toEqual([]);
  expect(app.form.config!.effective).not.toHaveProperty('space');
});
