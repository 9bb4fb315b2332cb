import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { poolStops } from '../../../src/paper/stop/pool';
import { skipCount } from '../../../src/paper/stop/darts-plus';
import { selectiveStop } from '../../../src/paper/stop/selective-stop';
import { trajectoryOf } from '../../../src/trace/bench-run';
import type { TraceRun } from '../../../src/trace/types';
import { writeTrace } from '../../../src/trace/write';
import { packed } from '../../support/packed';
import { recordingEntry } from '../../support/recording-entry';
import { ship } from '../../support/shipped';
import { syntheticRun } from '../../support/synthetic-run';
import { expectAccessible, openPage, theStore, usePage } from './page';

/* The stop-rule laboratory over a real store. The rules themselves are tested in tests/node/paper. */

usePage();
beforeEach(() => ship({}));
afterEach(() => {
  vi.restoreAllMocks();
  delete document.documentElement.dataset.theme;
});

type Screen = Awaited<ReturnType<typeof openPage>>['screen'];
const button = (screen: Screen, name: string) => screen.getByRole('button', { name, exact: true });
const choice = (screen: Screen, name: string) =>
  screen.getByRole('combobox', { name, exact: true });
const line = (screen: Screen) => screen.getByRole('slider', { name: 'Line by hand' });

const baseline = () => Promise.all([0, 1, 2].map((seed) => syntheticRun({ seed, epochs: 30 })));

async function openLab(runs: readonly TraceRun[]) {
  await (await theStore()).importRuns(runs);
  const opened = await openPage({ hash: '#/stop-rules' });
  await expect.element(opened.screen.getByRole('region', { name: 'Stop rules' })).toBeVisible();
  return opened;
}

/** A row of the table of outcomes; empty where there is none. */
function cells(name: string): string[] {
  const head = [...document.querySelectorAll('#stop-rules tbody th')].find(
    (cell) => cell.textContent === name,
  );
  return [...(head?.parentElement?.children ?? [])].map(({ textContent }) => textContent);
}

/** What each of three seeds stops at by a rule of the table. */
function epochs(name: string): (string | undefined)[] {
  const table = document.querySelector('#stop-rules table:has(tbody th)');
  const columns = [...(table?.querySelectorAll('thead th') ?? [])].map((head) => head.textContent);
  return [0, 1, 2].map((seed) => cells(name)[columns.indexOf(`seed ${seed} epoch`)]);
}

describe('the laboratory', () => {
  test('applies the rules to every seed of what is stored', async () => {
    const runs = await baseline();
    const { screen } = await openLab(runs);
    await expect
      .element(screen.getByRole('heading', { name: 'Where each rule stops' }))
      .toBeVisible();
    const trajectories = runs.map(trajectoryOf);
    const ss = poolStops(selectiveStop(13, 'nor_conv_3x3'), trajectories).seeds;
    const sc = poolStops(skipCount(2), trajectories).seeds;
    await expect
      .poll(() => epochs('SS, Eq. 13 · 3×3'))
      .toEqual(ss.map(({ epoch }) => String(epoch)));
    expect(epochs('DARTS+ sc_2')).toEqual(sc.map(({ epoch }) => String(epoch)));
    await expect
      .element(screen.getByText(/Eq. 12 and Eq. 13 return the same epoch for 3×3 in 3 of 3 seeds/))
      .toBeVisible();
    await expect
      .element(screen.getByText(/With a table of accuracies, those of the cells stand here/))
      .toBeVisible();
    const laboratory = screen.getByRole('region', { name: 'Stop rules', exact: true });
    await laboratory.getByText('Cells', { exact: true }).click();
    await expect.element(screen.getByRole('cell', { name: ss[0]!.arch }).first()).toBeVisible();
    expect(document.title).toBe('Stop rules · Alphascope');
  });

  test('rules are changed, added, refused in words and removed', async () => {
    const { screen } = await openLab(await baseline());
    const k = screen.getByRole('textbox', { name: 'k of rule 4, DARTS+ sc_k' });
    await k.fill('6');
    await expect.poll(() => cells('DARTS+ sc_6')).not.toEqual([]);
    await k.fill('none');
    await expect
      .element(screen.getByText(/^k must be a whole number from 1 to 2000, not "none"/))
      .toBeVisible();
    await expect.element(k).toHaveAttribute('aria-invalid', 'true');
    await expect.poll(() => cells('DARTS+ sc_6')).toEqual([]);
    await choice(screen, 'Operation of rule 1, SS, Eq. 12').selectOptions('skip');
    await expect.poll(() => epochs('SS, Eq. 12 · skip')).toEqual(['30', '30', '30']);
    await choice(screen, 'Another rule').selectOptions('DARTS+ rt_k');
    await button(screen, 'Add rule').click();
    await screen.getByRole('textbox', { name: 'k of rule 6, DARTS+ rt_k' }).fill('2');
    await expect.poll(() => cells('DARTS+ rt_2')).not.toEqual([]);
    await button(screen, 'Remove rule 6, DARTS+ rt_k').click();
    await expect.poll(() => cells('DARTS+ rt_2')).toEqual([]);
  });

  test('the line by hand moves by keys and by the pointer', async () => {
    const { screen } = await openLab(await baseline());
    await expect.element(line(screen)).toHaveAttribute('aria-valuenow', '25');
    (line(screen).element() as HTMLElement).focus();
    await userEvent.keyboard('{ArrowRight}{ArrowRight}');
    await expect.element(line(screen)).toHaveAttribute('aria-valuetext', 'epoch 27 of 30');
    await expect.poll(() => epochs('Line at epoch 27')).toEqual(['27', '27', '27']);
    await userEvent.keyboard('{Home}{PageUp}{ArrowLeft}');
    await expect.element(line(screen)).toHaveAttribute('aria-valuenow', '10');
    await userEvent.keyboard('{End}{ArrowRight}');
    await expect.element(line(screen)).toHaveAttribute('aria-valuenow', '30');

    const chart = screen.getByRole('img', { name: /Operation magnitude over joint epochs/ });
    await userEvent.click(chart, { position: { x: 60, y: 80 } });
    const now = () => Number(line(screen).element().getAttribute('aria-valuenow'));
    await expect.poll(now).toBeLessThan(4);
  });

  test('takes one seed, and tells of runs that are short or have no joint epoch', async () => {
    const settings = { epochs: 30, warmup: 5 };
    const runs = await Promise.all([
      syntheticRun({ seed: 0, epochs: 35, settings }),
      syntheticRun({ seed: 1, epochs: 12, settings }),
      syntheticRun({ seed: 2, epochs: 3, settings }),
    ]);
    const { screen } = await openLab(runs);
    await expect.element(screen.getByText(/seed 1 \(7 of 30 epochs\)/)).toBeVisible();
    await expect.element(screen.getByText(/1 run without a joint epoch left out/)).toBeVisible();
    await choice(screen, 'Seeds').selectOptions('seed 1');
    await expect.element(line(screen)).toHaveAttribute('aria-valuemax', '7');
    await expect.element(screen.getByText('n = 1', { exact: true })).toBeVisible();
    await choice(screen, 'Seeds').selectOptions('all 2');
    await expect.element(line(screen)).toHaveAttribute('aria-valuemax', '30');
  });

  test('a rule on what was not searched says so', async () => {
    const ops = ['none', 'skip_connect', 'nor_conv_1x1', 'avg_pool_3x3'] as const;
    const { screen } = await openLab([
      await syntheticRun({ seed: 0, epochs: 10, settings: { ops } }),
    ]);
    await expect.element(screen.getByText('3×3 was not searched here.').first()).toBeVisible();
    await expect.poll(() => cells('DARTS+ sc_2')).not.toEqual([]);
  });

  test('plays on a recording, and says what to do where there is nothing', async () => {
    const entry = recordingEntry({ file: 'one.json.gz', title: 'Baseline, recorded' });
    ship({
      'index.json': JSON.stringify({ recordings: [entry] }),
      'one.json.gz': await packed(writeTrace(await baseline())),
    });
    const { screen, app } = await openPage({ hash: '#/stop-rules' });
    await expect
      .element(choice(screen, 'Searches'))
      .toHaveTextContent(/Recorded: Baseline, recorded/);
    await expect.element(screen.getByText(/Mean of 3 seeds, epoch returned/)).toBeVisible();
    app.recordings = [];
    await expect.element(screen.getByText(/There is no search to stop yet/)).toBeVisible();
  });

  test('a recording that is broken is told', async () => {
    const entry = recordingEntry({ file: 'one.json.gz', title: 'Baseline, recorded' });
    ship({ 'index.json': JSON.stringify({ recordings: [entry] }), 'one.json.gz': 'no trace' });
    const { screen } = await openPage({ hash: '#/stop-rules' });
    await expect.element(screen.getByText(/Baseline, recorded could not be read/)).toBeVisible();
  });
});

describe('stopping early', () => {
  test('is set in the form, kept in the link and stored with the run', async () => {
    const { screen } = await openPage({ hash: '#/?stop=ss:1x1:4&epochs=3' });
    await expect.element(choice(screen, 'Stop early')).toHaveValue('ss');
    await expect.element(choice(screen, 'Peak of')).toHaveValue('nor_conv_1x1');
    const patience = screen.getByRole('textbox', { name: 'Patience', exact: true });
    await patience.fill('0');
    await expect.element(screen.getByText(/patience must be a whole number from 1/)).toBeVisible();
    await patience.fill('7');
    const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValueOnce(undefined);
    await button(screen, 'Copy link').click();
    await expect.poll(() => write.mock.calls[0]?.[0]).toContain('stop=ss:nor_conv_1x1:7');
    await button(screen, 'Train').click();
    const store = await theStore();
    await expect
      .poll(async () => (await store.listRuns())[0]?.config.effective.stop)
      .toEqual({
        rule: 'ss',
        operation: 'nor_conv_1x1',
        patience: 7,
      });
  });

  test('is off unless asked for', async () => {
    const { screen, app } = await openPage();
    await expect.element(choice(screen, 'Stop early')).toHaveValue('none');
    expect(app.form.settings).not.toHaveProperty('stop');
    await choice(screen, 'Stop early').selectOptions('es');
    expect(app.form.settings).toMatchObject({ stop: { rule: 'es' }, hessian: true });
  });
});

describe('accessibility', () => {
  test('axe finds nothing in light and dark, wide and narrow', async () => {
    const { screen } = await openLab(await baseline());
    await screen.getByRole('textbox', { name: 'k of rule 4, DARTS+ sc_k' }).fill('0');
    await expect.element(screen.getByText(/^k must be a whole number/)).toBeVisible();
    await expectAccessible([
      ['light', 1440, 900],
      ['dark', 1024, 768],
      ['light', 390, 844],
      ['dark', 390, 844],
    ]);
  });
});
