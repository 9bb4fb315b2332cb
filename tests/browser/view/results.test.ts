import { afterEach, describe, expect, test } from 'vitest';
import type { ArmKey } from '../../../src/paper/experiment/arm';
import { configFor } from '../../../src/paper/experiment/config';
import { syntheticRun, syntheticUid } from '../../support/synthetic-run';
import { downloaded } from './files';
import { expectAccessible, openPage, theStore, usePage } from './page';

/* Tables 1 to 3 over a real store. What their rows hold is tested in tests/node/view. */

usePage();
afterEach(() => {
  delete document.documentElement.dataset.theme;
});

const ARMS: readonly ArmKey[] = ['baseline', 'drnas'];

function armRun(arm: ArmKey, seed: number) {
  const config = configFor({ arm, scale: 'tiny' });
  const uid = syntheticUid(2000 + 10 * seed + Number(arm.endsWith('9')));
  return syntheticRun({ seed, epochs: 50, config, uid, name: arm });
}

async function openResults() {
  const store = await theStore();
  await store.importRuns(
    await Promise.all(
      ARMS.flatMap((arm, at) =>
        [0, 1, 2].map((seed) =>
          syntheticRun({
            seed,
            epochs: 50,
            config: configFor({ arm, scale: 'tiny' }),
            uid: syntheticUid(3000 + 10 * at + seed),
            name: arm,
          }),
        ),
      ),
    ),
  );
  const opened = await openPage({ hash: '#/results' });
  const { screen, app } = opened;
  await expect.element(screen.getByRole('region', { name: 'Results', exact: true })).toBeVisible();
  app.experiments.scale = 'tiny';
  await expect.poll(() => cells(1, 'DARTS-V1')[3]).toBe('3');
  return opened;
}

/** The cells of a row of a table: name, button, then numbers. */
function cells(table: number, name: string): string[] {
  const section = document.querySelector(`[aria-labelledby="results-${table}"]`)!;
  const head = [...section.querySelectorAll('tbody th')].find((cell) => cell.textContent === name);
  return [...(head?.parentElement?.children ?? [])].map(({ textContent }) => textContent.trim());
}

describe('the tables of the paper', () => {
  test('stand beside the runs that are here; what was not run is empty and can be run', async () => {
    const { screen } = await openResults();
    expect(document.title).toBe('Results · Alphascope');
    expect(cells(1, 'DARTS-V1').slice(2, 5)).toEqual(['54.30 ± 0.00', '3', '50']);
    expect(cells(2, 'DrNAS').slice(2, 6)).toEqual([
      'standard-201, 50 epochs',
      '93.74 ± 0.03',
      '3',
      '50',
    ]);
    const gdas = cells(1, 'GDAS');
    expect(gdas[2]).toBe('93.51 ± 0.13');
    expect(gdas.slice(3, 6)).toEqual(['', '', '']);
    await expect.poll(() => cells(1, 'GDAS')[1]).toMatch(/^Run ?5 runs, about /);
    const run = screen.getByRole('button', { name: 'Run GDAS', exact: true });
    await expect.element(run).toHaveAccessibleDescription(/^5 runs/);
    expect(cells(1, 'REA')[1]).toBe('');

    await screen
      .getByRole('combobox', { name: 'Data set of the printed numbers' })
      .selectOptions('CIFAR-100');
    await expect.poll(() => cells(1, 'GDAS')[2]).toBe('70.61 ± 0.26');
  });

  test('table 3 is filled from runs of the sweep, and says which of them are missing', async () => {
    await (
      await theStore()
    ).importRuns(
      await Promise.all([
        armRun('sweep-.003', 0),
        armRun('sweep-.003', 1),
        armRun('sweep-.009', 0),
      ]),
    );
    const { screen } = await openResults();
    await expect
      .element(screen.getByText(/Weight rate \.015 is left empty: there is no finished run/))
      .toBeVisible();
    await expect
      .element(screen.getByRole('columnheader', { name: '.003 epoch (n = 2)' }))
      .toBeVisible();
    const [, , epoch, , , single, , , none] = cells(3, 'DARTS+ (sc_2)');
    expect(epoch).toMatch(/^\d+\.\d ± \d+\.\d$/);
    expect(single).toMatch(/^\d+$/);
    expect(none).toBe('–');
  });

  test('a press of Run trains the arm’s seeds', async () => {
    const { screen, app } = await openResults();
    await screen.getByRole('button', { name: 'Run SETN', exact: true }).click();
    await expect
      .poll(() => app.experiments.queue.order?.jobs.map(({ arm, seed }) => `${arm} ${seed}`))
      .toEqual([0, 1, 2, 3, 4].map((seed) => `setn ${seed}`));
    await expect.element(screen.getByText(/SETN, seed 0/)).toBeVisible();
    await expect
      .element(screen.getByRole('button', { name: 'Run GDAS', exact: true }))
      .toBeDisabled();
    await screen.getByRole('button', { name: 'Stop', exact: true }).click();
    await expect.poll(() => app.experiments.queue.running).toBe(false);
  });

  test('are saved as drawn', async () => {
    const { screen } = await openResults();
    const save = (name: string) =>
      downloaded(() => screen.getByRole('button', { name }).first().click());
    const csv = await save('Download CSV');
    const latex = await save('Download LaTeX');
    expect([csv, latex].map(({ name }) => name)).toEqual([
      'alphascope-results-1.csv',
      'alphascope-results-1.tex',
    ]);
    const [name, , ...numbers] = cells(1, 'DARTS-V1');
    expect(await csv.text()).toContain(`\r\n${[name, ...numbers].join(',')}\r\n`);
    expect(await latex.text()).toContain('DARTS-V1 & 54.30 $\\pm$ 0.00 &');
  });

  test('axe finds nothing in light and dark, wide and narrow', async () => {
    await openResults();
    await expectAccessible([
      ['light', 1440, 900],
      ['dark', 1024, 768],
      ['dark', 390, 844],
    ]);
  });
});
