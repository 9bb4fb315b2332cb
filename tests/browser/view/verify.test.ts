import { describe, expect, test } from 'vitest';
import { syntheticRun } from '../../support/synthetic-run';
import { openPage, theStore, usePage } from './page';

usePage();

type Screen = Awaited<ReturnType<typeof openPage>>['screen'];
const button = (screen: Screen, name: string | RegExp) => screen.getByRole('button', { name });

/** Three seeds of six epochs each in the store. */
async function threeSeeds(): Promise<void> {
  const runs = await Promise.all([0, 1, 2].map((seed) => syntheticRun({ seed, epochs: 6 })));
  await (await theStore()).importRuns(runs);
}

describe('Verify', () => {
  test('trains the first epochs of all seeds again and says that they are equal', async () => {
    await threeSeeds();
    const { screen } = await openPage();
    await button(screen, 'Verify baseline').click();
    const panel = screen.getByRole('region', { name: 'Verify baseline' });
    await expect
      .element(panel.getByRole('status'))
      .toHaveTextContent('All 3 runs are equal to the bit.');
    const lines = panel.getByRole('listitem');
    await expect.poll(() => lines.elements().length).toBe(3);
    lines.elements().forEach((line, seed) => {
      expect(line.textContent).toMatch(`seed ${seed} equal to the bit, epochs 1-2 of 6`);
    });

    await button(screen, 'Verify all epochs').click();
    await expect.element(lines.first()).toHaveTextContent('epochs 1-6 of 6');
    expect(button(screen, 'Verify all epochs').query()).toBeNull();
    await button(screen, 'Close: Verify baseline').click();
    expect(panel.query()).toBeNull();
  });

  test('of one seed says where it differs, by how much, and what may explain it', async () => {
    await threeSeeds();
    const { screen } = await openPage({ manner: 'verify-different' });
    await button(screen, 'Verify baseline').click();
    const panel = screen.getByRole('region', { name: 'Verify baseline' });
    await expect
      .element(panel.getByRole('status'))
      .toHaveTextContent('1 different, 2 equal to the bit.');
    const line = panel.getByRole('listitem').nth(1);
    await expect.element(line).toHaveTextContent(/seed 1 different, epochs 1-2 of 6/);
    await expect
      .element(line)
      .toHaveTextContent(
        /Epoch 2: different, lossTrain: 2\.0\d+ in the trace, 1\.5 here \(error 0\.\d+\)/,
      );
    await expect.element(line).toHaveTextContent('Trained by older kernels.');
    await expect.element(line).toHaveTextContent('do not come from this configuration');
  });

  test('can be stopped, and keeps nothing else from starting', async () => {
    await threeSeeds();
    const { screen, app } = await openPage({ manner: 'verify-waits' });
    await button(screen, 'Seeds 0-2 of baseline, one by one').click();
    await button(screen, 'Verify seed 2 of baseline').click();
    const panel = screen.getByRole('region', { name: 'Verify seed 2 of baseline' });
    await expect.element(panel).toHaveTextContent('training epoch 1 again');
    await expect.element(button(screen, 'Verify baseline')).toBeDisabled();
    expect(app.bench.refusal).toMatch(/being verified/);
    await panel.getByRole('button', { name: 'Stop', exact: true }).click();
    await expect.element(panel.getByRole('alert')).toHaveTextContent('Stopped before the end.');
    await expect.element(button(screen, 'Verify baseline')).toBeEnabled();
    expect(app.bench.refusal).toBeNull();
  });
});
