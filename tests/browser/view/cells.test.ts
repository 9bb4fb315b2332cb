import { deleteDB } from 'idb';
import { afterEach, describe, expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';
import { distinctCells } from '../../../src/paper/isomorphic-cells';
import { formatGenotype, parseGenotype } from '../../../src/paper/genotype';
import { DATABASE_NAME } from '../../../src/store/change';
import { syntheticResult } from '../../support/synthetic-result';
import { syntheticRun } from '../../support/synthetic-run';
import { closePage, expectAccessible, openPage, theStore, usePage } from './page';

/* The page of cells over a real store; what is trained is invented, see practice-trainer.ts. */

usePage();
afterEach(() => {
  delete document.documentElement.dataset.theme;
});

type Screen = Awaited<ReturnType<typeof openPage>>['screen'];
const button = (screen: Screen, name: string) => screen.getByRole('button', { name, exact: true });
const field = (screen: Screen) => screen.getByRole('textbox', { name: 'Architecture string' });
const edge = (screen: Screen, name: string) => screen.getByRole('combobox', { name, exact: true });
const told = (what: string) =>
  document.querySelector(`[data-cells="${what}"]`)?.textContent.trim().replaceAll(/\s+/g, ' ');

const RESNET = '|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|';
const ONE = '|skip_connect~0|+|none~0|nor_conv_1x1~1|+|none~0|none~1|skip_connect~2|';
const SAME = '|nor_conv_1x1~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|';

async function openCells(hash = '#/cell', manner?: 'fast') {
  const opened = await openPage(manner === undefined ? { hash } : { hash, manner });
  await expect
    .element(opened.screen.getByRole('region', { name: 'Cells', exact: true }))
    .toBeVisible();
  return opened;
}

describe('the editor', () => {
  test('string, presets, edges and drawing are one cell', async () => {
    const { screen } = await openCells();
    await button(screen, 'ResNet-like').click();
    await expect.element(field(screen)).toHaveValue(RESNET);
    await expect.element(screen.getByText('11,472', { exact: true })).toBeVisible();
    await expect.element(screen.getByText('559,386', { exact: true })).toBeVisible();
    await edge(screen, '2←0').selectOptions('avg');
    await expect.element(field(screen)).toHaveValue(RESNET.replace('none~0', 'avg_pool_3x3~0'));
    const drawn = screen.getByRole('button', { name: /^1←0: 3×3 convolution, next average/ });
    (drawn.element() as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
    await expect.element(edge(screen, '1←0')).toHaveValue('avg_pool_3x3');
    expect(document.title).toBe('Cells · Alphascope');
  });

  test('a string that is no cell is told in words, and nothing is lost', async () => {
    const { screen } = await openCells();
    await field(screen).fill('|nor_conv_5x5~0|+');
    await expect.element(screen.getByText(/^Not a cell: at character 2 edge 1<-0/)).toBeVisible();
    await expect.element(field(screen)).toHaveAttribute('aria-invalid', 'true');
    await expect.element(button(screen, 'Train')).toBeDisabled();
    await expect.element(edge(screen, '1←0')).toHaveValue('nor_conv_3x3');
    await field(screen).fill(ONE);
    await expect.element(field(screen)).toHaveAttribute('aria-invalid', 'false');
    await expect.element(edge(screen, '1←0')).toHaveValue('skip_connect');
  });

  test('a link brings cell, scale, schedule and seeds, and the address keeps what is chosen', async () => {
    const arch = encodeURIComponent(ONE);
    const { screen, app } = await openCells(
      `#/cell?arch=${arch}&scale=small&schedule=benchmark&seeds=0-2`,
    );
    await expect.element(field(screen)).toHaveValue(ONE);
    await expect.element(edge(screen, 'Scale')).toHaveValue('small');
    await expect.element(edge(screen, 'Schedule')).toHaveValue('benchmark');
    await expect.element(screen.getByText(/^200 epochs over 4,096 images/)).toBeVisible();
    await edge(screen, 'Schedule').selectOptions('short');
    await button(screen, 'All skip').click();
    await expect.poll(() => location.hash).toContain('schedule=short');
    const kept = location.hash;
    await closePage({ app, screen });
    const again = await openCells(kept);
    await expect.element(button(again.screen, 'All skip')).toHaveAttribute('aria-pressed', 'true');
    await expect.element(again.screen.getByRole('textbox', { name: 'Seeds' })).toHaveValue('0-2');
  });

  test('leads here from the derived cell', async () => {
    await (await theStore()).importRuns([await syntheticRun({ seed: 0, epochs: 5 })]);
    const { screen } = await openPage();
    await screen.getByRole('link', { name: 'Train this cell' }).click();
    await expect.element(screen.getByRole('region', { name: 'Cells', exact: true })).toBeVisible();
    await expect.element(field(screen)).not.toHaveValue('');
  });
});

describe('training', () => {
  test('tells the cost first, shows progress, and ends in the accuracy over the seeds', async () => {
    const { screen } = await openCells();
    await screen.getByRole('textbox', { name: 'Seeds' }).fill('0-2');
    await expect
      .element(screen.getByText(/^3 trainings, about 3 min on this machine/))
      .toBeVisible();
    await button(screen, 'Train').click();
    const status = screen.getByRole('region', { name: 'Training of cells' });
    await expect.element(status).toHaveTextContent(/Seed 0, epoch \d+ of 12; 2 trainings after it/);
    await button(screen, 'Pause').click();
    await expect.element(status).toHaveAttribute('data-state', 'paused');
    await expect
      .element(screen.getByText('The training of cells is paused.').first())
      .toBeVisible();
    await status.getByRole('button', { name: 'Resume' }).click();
    await expect.poll(() => told('accuracy')).toBe('41.00 ± 1.00 %, n = 3 seeds');
    await expect.element(screen.getByText('These seeds are measured already.')).toBeVisible();
    await expect
      .element(screen.getByText(/^Mean of 3 seeds: the loss falls from 2\.20 to 1\.74 by epoch 12/))
      .toBeVisible();
  });

  test('what does not fit is refused before it starts', async () => {
    const { screen } = await openCells('#/cell?scale=paper');
    await expect
      .element(button(screen, 'Train'))
      .toHaveAccessibleDescription('It needs about 9 GB of memory.');
    await expect.element(button(screen, 'Train')).toBeDisabled();
  });

  test('what is measured serves isomorphic cells, and can be deleted and brought back', async () => {
    const store = await theStore();
    await store.cells.put(await syntheticResult({ arch: ONE }));
    const { screen } = await openCells(`#/cell?arch=${encodeURIComponent(SAME)}`);
    await expect.poll(() => told('accuracy')).toBe('40.00 %, one seed');
    await expect.element(screen.getByText('measured on the isomorphic cell')).toBeVisible();
    await button(screen, 'Delete the results of skip none 1×1 none none skip').click();
    await expect.poll(() => told('accuracy')).toBeUndefined();
    await button(screen, 'Undo').click();
    await expect.poll(() => told('accuracy')).toBe('40.00 %, one seed');
  });

  test('all measured cells are ranked', async () => {
    const store = await theStore();
    await store.cells.put(await syntheticResult({ arch: ONE, accuracy: 0.3 }));
    await store.cells.put(await syntheticResult({ arch: RESNET, accuracy: 0.7 }));
    const { screen } = await openCells();
    await expect.element(screen.getByText(/^Test accuracy, the highest first/)).toBeVisible();
    const accuracies = () =>
      [...document.querySelectorAll('#cell tbody tr')].map((row) => row.children[3]!.textContent);
    await expect.poll(accuracies).toEqual(['70.00 %, one seed', '30.00 %, one seed']);
    await button(screen, 'Show 3×3 none 3×3 skip none skip').click();
    await expect.element(field(screen)).toHaveValue(RESNET);
  });

  test('the cells of a run are one order, which outlives a reload', async () => {
    const run = await syntheticRun({ seed: 1, epochs: 20 });
    const archs = [...new Set(run.epochs.map(({ arch }) => arch))];
    const distinct = distinctCells(archs.map(parseGenotype)).map(formatGenotype);
    expect(distinct.length).toBeGreaterThan(3);
    const store = await theStore();
    await store.importRuns([run]);
    await store.cells.put(await syntheticResult({ arch: distinct[0]! }));
    const { screen, app } = await openCells(`#/cell?run=${run.uid}`);
    await expect.poll(() => told('visited')).toContain(`1 run derived ${archs.length} cells`);
    await expect
      .poll(() => told('measured'))
      .toMatch(new RegExp(`^1 of ${distinct.length} trainings .* is measured\\.$`));
    const left = distinct.length - 1;
    await expect
      .element(screen.getByText(new RegExp(`^${left} trainings, about ${left} min`)))
      .toBeVisible();
    await button(screen, 'Train these cells').click();
    await expect.poll(async () => (await store.cells.list()).length).toBeGreaterThan(1);
    await closePage({ app, screen });
    const again = await openCells('#/cell', 'fast');
    await expect
      .element(again.screen.getByText(/^Training was cut off with \d+ cells? left/))
      .toBeVisible();
    await button(again.screen, 'Resume').click();
    await expect.poll(async () => (await store.cells.list()).length).toBe(distinct.length);
    await expect.poll(async () => store.readMeta('cell-order')).toBe('');
  });
});

describe('a server that cannot be reached', () => {
  afterEach(() => deleteDB(DATABASE_NAME));

  test('is tried again whenever the visitor likes, and trained with once it is back', async () => {
    await caches.delete('alphascope-data');
    let worker: Worker | undefined;
    const { screen } = await openPage({
      hash: '#/cell?scale=c4-n1-r8-i32-b16&backend=wasm',
      trainer: () =>
        (worker = new Worker(new URL('../../support/unreached-trainer.ts', import.meta.url), {
          type: 'module',
        })),
    });
    const train = button(screen, 'Train');
    await expect
      .element(train)
      .toHaveAccessibleDescription(/^The time could not be measured: .* server cannot be reached/);
    for (let again = 0; again < 2; again++) {
      await train.click();
      await expect
        .element(screen.getByRole('alert'))
        .toHaveTextContent('data/manifest.json could not be fetched: the server cannot be reached');
      await expect.element(train).toBeEnabled();
    }
    worker!.postMessage('server is back');
    await train.click();
    const status = screen.getByRole('region', { name: 'Training of cells' });
    await expect.element(status).toHaveTextContent(/Seed 0, epoch \d+ of 12/);
    await expect.element(screen.getByRole('alert')).not.toBeInTheDocument();
  });
});

describe('the looks', () => {
  test('axe finds nothing in light and dark, wide and narrow', async () => {
    await (await theStore()).cells.put(await syntheticResult({ arch: RESNET }));
    await openCells(`#/cell?arch=${encodeURIComponent(RESNET)}`);
    await expect.poll(() => told('accuracy')).toBe('40.00 %, one seed');
    await expectAccessible([
      ['light', 1440, 900],
      ['dark', 390, 844],
    ]);
  });
});
