import { afterEach, describe, expect, test, vi } from 'vitest';
import { CELL_COUNT, benchmarkIndex } from '../../../src/paper/benchmark-index';
import { configFor } from '../../../src/paper/experiment/config';
import { parseGenotype } from '../../../src/paper/genotype';
import type { TraceRun } from '../../../src/trace/types';
import { inventedAccuracy, inventedCsv } from '../../support/invented-table';
import { syntheticRun, syntheticUid } from '../../support/synthetic-run';
import { closePage, expectAccessible, openPage, theStore, usePage } from './page';

/* Tables of accuracies in the page: a real worker, a real store, invented numbers. */

usePage();
afterEach(() => {
  vi.restoreAllMocks();
  delete document.documentElement.dataset.theme;
});

type Opened = Awaited<ReturnType<typeof openPage>>;
const TEST = 1;
const CSV = inventedCsv();
const tableFile = (text: BlobPart = CSV, name = 'invented.csv') => new File([text], name);
const indexOf = (arch: string) => benchmarkIndex(parseGenotype(arch));
const percent = (value: number) => value.toFixed(2);

async function stored(...runs: readonly TraceRun[]): Promise<void> {
  await (await theStore()).importRuns(runs);
}

/** Chooses a file by the page's own field, as the browser does when its dialog closes. */
function choose({ screen }: Opened, file: File): void {
  const field = screen.getByLabelText('Table of accuracies, CSV or JSON').first();
  const input = field.element() as HTMLInputElement;
  const chosen = new DataTransfer();
  chosen.items.add(file);
  input.files = chosen.files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

function drop(file: File): void {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(file);
  const options = { dataTransfer, bubbles: true, cancelable: true };
  document.body.dispatchEvent(new DragEvent('drop', options));
}

const chart = ({ screen }: Opened) =>
  screen.getByRole('figure', { name: 'Accuracy of the derived cell' });

describe('a table', () => {
  test('gives every stored run accuracies at once, and says which table', async () => {
    const run = await syntheticRun({ seed: 1, epochs: 6 });
    await stored(run);
    const opened = await openPage();
    const { screen } = opened;
    await expect.element(screen.getByText(/The paper draws the accuracy/)).toBeVisible();
    expect(chart(opened).query()).toBeNull();

    choose(opened, tableFile());
    await expect.element(screen.getByText('Imported invented: 15625 cells.')).toBeVisible();
    const accuracies = run.epochs.map(({ arch }) => inventedAccuracy(indexOf(arch), TEST));
    const last = accuracies.at(-1)!;
    const best = Math.max(...accuracies);
    await expect
      .element(chart(opened))
      .toHaveTextContent(
        `invented, CIFAR-10 test: at epoch 6 the derived cell has ${percent(last)} %`,
      );
    await expect
      .element(chart(opened))
      .toHaveTextContent(
        `the best was ${percent(best)} % at epoch ${accuracies.indexOf(best) + 1}.`,
      );
    const all = Array.from({ length: CELL_COUNT }, (_, index) => inventedAccuracy(index, TEST));
    const rank = 1 + all.filter((value) => value > last).length;
    const derived = screen.getByRole('region', { name: 'Derived cell' });
    await expect
      .element(derived)
      .toHaveTextContent(`accuracy, invented, CIFAR-10 test ${percent(last)} %`);
    await expect
      .element(derived)
      .toHaveTextContent(`${rank.toLocaleString('en')} of ${CELL_COUNT.toLocaleString('en')}`);
    await chart(opened).getByText('Numbers').click();
    for (const [at, accuracy] of accuracies.entries()) {
      const row = chart(opened).getByRole('row', { name: new RegExp(`^${at + 1} `) });
      await expect.element(row).toHaveTextContent(percent(accuracy));
    }
    // The table of runs, whose list holds no cells.
    await expect
      .element(screen.getByRole('row', { name: new RegExp(`6 / 6 ${percent(last)}`) }))
      .toBeInTheDocument();
  });

  test('is dropped, changes its column, is remembered, removed and put back', async () => {
    const run = await syntheticRun({ seed: 1, epochs: 3 });
    await stored(run);
    const first = await openPage();
    drop(tableFile(`# name: Mine\n${CSV}`, 'mine.csv'));
    await expect.element(chart(first)).toHaveTextContent('Mine, CIFAR-10 test');
    const panel = first.screen.getByRole('region', { name: 'Accuracies' });
    await expect.element(panel).toHaveTextContent(/test is of networks trained on all/);
    await panel.getByLabelText('Accuracy column').selectOptions('ImageNet16-120 validation');
    const last = indexOf(run.epochs.at(-1)!.arch);
    await expect
      .element(chart(first))
      .toHaveTextContent(
        `Mine, ImageNet16-120 validation: at epoch 3 the derived cell has ${percent(inventedAccuracy(last, 4))} %`,
      );
    await expect.element(panel).not.toHaveTextContent(/two trainings/);
    await closePage(first);

    const second = await openPage();
    await expect.element(chart(second)).toHaveTextContent('Mine, ImageNet16-120 validation');
    const { screen } = second;
    await screen.getByRole('button', { name: 'Remove table Mine' }).click();
    await expect.element(screen.getByText(/The paper draws the accuracy/)).toBeVisible();
    expect(chart(second).query()).toBeNull();
    await screen.getByRole('button', { name: 'Undo' }).click();
    await expect.element(chart(second)).toHaveTextContent('Mine, ImageNet16-120 validation');
  });

  test('of the same numbers is kept once, and of two one is chosen', async () => {
    await stored(await syntheticRun({ seed: 1, epochs: 2 }));
    const opened = await openPage();
    const { app, screen } = opened;
    await app.import([tableFile()]);
    await app.import([tableFile(CSV, 'again.csv')]);
    await expect.element(screen.getByText(/has the same numbers and is here/)).toBeVisible();
    await app.import([tableFile(inventedCsv(['accuracy']), 'plain.txt')]);
    await expect.element(chart(opened)).toHaveTextContent(/plain: at epoch 2/);
    expect(app.tables.heads.map(({ name }) => name)).toEqual(['invented', 'plain']);
    const panel = screen.getByRole('region', { name: 'Accuracies' });
    await panel.getByLabelText('Accuracy table').selectOptions('invented');
    await expect.element(chart(opened)).toHaveTextContent(/invented, CIFAR-10 test: at epoch 2/);
  });

  test('with gaps is drawn with gaps, and says how many', async () => {
    const run = await syntheticRun({ seed: 1, epochs: 4 });
    await stored(run);
    const opened = await openPage();
    const [cell] = run.epochs.map(({ arch }) => arch);
    await opened.app.import([
      tableFile(`# cells: 1\narch,accuracy\n${cell},71.5\n`, 'one cell.csv'),
    ]);
    const missing = run.epochs.filter(({ arch }) => arch !== cell).length;
    expect(missing).toBeGreaterThan(0);
    await expect
      .element(chart(opened))
      .toHaveTextContent(
        missing === 1
          ? /1 cell on the way is not in the table/
          : `${missing} cells on the way are not in the table.`,
      );
  });
});

describe('a bad table', () => {
  test.each([
    [
      'with NaN',
      CSV.replace(/\n9,[^\n]*/, (row) => row.replace(/[^,]*$/, 'NaN')),
      /bad\.csv: Row 11: in16_test has to be a number/,
    ],
    [
      'cut off',
      CSV.slice(0, CSV.lastIndexOf('\n15000,') + 1),
      /bad\.csv: Row 15001: the file ends after 15000 of 15625 cells/,
    ],
    [
      'of bytes that are no text',
      new Uint8Array([97, 44, 98, 10, 0xff, 0xfe, 0xff]),
      /bad\.csv: It is no text in UTF-8/,
    ],
    [
      'of a trace’s numbers',
      'uid,seed,regime,epoch\r\n1,2,3,4\r\n',
      /bad\.csv: Row 1: a header with a column "arch" is expected/,
    ],
    ['of 200 MB', 'large', /bad\.csv: It has 200 MB; at most 34 MB are read/],
  ] as const)('%s is refused, and the one in use stays', async (name, content, reason) => {
    await stored(await syntheticRun({ seed: 1, epochs: 2 }));
    const opened = await openPage();
    await opened.app.import([tableFile()]);
    await expect.element(chart(opened)).toHaveTextContent('invented, CIFAR-10 test');
    const bad =
      name === 'of 200 MB'
        ? new File(Array<string>(200).fill('x,'.repeat(500_000)), 'bad.csv')
        : tableFile(content, 'bad.csv');
    choose(opened, bad);
    const alert = opened.screen.getByRole('alert');
    await expect.element(alert).toHaveTextContent(/Not a table of accuracies/);
    await expect.element(alert).toHaveTextContent(reason);
    await expect.element(chart(opened)).toHaveTextContent('invented, CIFAR-10 test');
    expect((await (await theStore()).tables.list()).map((head) => head.name)).toEqual(['invented']);
    expect(opened.screen.getByText(/Imported bad/).query()).toBeNull();
  });
});

describe('the experiments', () => {
  async function open() {
    const arm = (name: 'baseline' | 'swapped', seed: number) =>
      syntheticRun({
        seed,
        epochs: 50,
        config: configFor({ arm: name, scale: 'bench' }),
        uid: syntheticUid((name === 'swapped' ? 100 : 0) + seed),
      });
    const seeds = [0, 1, 2];
    await stored(
      ...(await Promise.all(seeds.map((seed) => arm('baseline', seed)))),
      ...(await Promise.all(seeds.map((seed) => arm('swapped', seed)))),
    );
    const opened = await openPage({ hash: '#/experiments', recorded: true });
    await opened.app.import([tableFile()]);
    return opened;
  }

  test('draw and judge with the table, and name it', async () => {
    const { screen } = await open();
    await screen.getByRole('switch', { name: 'Count recorded runs' }).click();
    const figure = screen.getByRole('figure', { name: /^Figure 3\(b\)/ });
    await expect
      .element(figure)
      .toHaveTextContent(
        /invented, CIFAR-10 test: the cell of the last epoch has, mean over seeds: baseline \d\d\.\d\d % \(n = 3\)/,
      );
    await expect.element(figure).toHaveTextContent(/optimum.*ResNet-like/);
    const card = screen.getByRole('region', { name: /^Baseline/ }).getByRole('article');
    await expect.element(card).toHaveTextContent('Accuracies: invented, CIFAR-10 test.');
    await expect
      .element(card)
      .toHaveTextContent(/without its conditions on accuracy, random walks/);
    const dominated = screen.getByRole('figure', { name: /^Figure 6\(a\)/ });
    await expect.element(dominated).toHaveTextContent(/265 cells an operation/);
    await dominated.getByText('Numbers').click();
    await expect.element(dominated.getByRole('row', { name: /^3×3 265 265/ })).toBeVisible();
    await screen.getByRole('button', { name: 'Remove table invented' }).click();
    await expect.element(figure).toHaveTextContent(/skip-connect holds in the last epoch/);
    await expect.element(card).toHaveTextContent(/cells and magnitudes alone/);
  });

  test('axe finds nothing in light and dark, wide and narrow', async () => {
    const { screen } = await open();
    await expect.element(screen.getByRole('figure', { name: /^Figure 6\(a\)/ })).toBeVisible();
    await expectAccessible(
      [
        ['light', 1440, 900],
        ['dark', 390, 844],
      ],
      '#accuracies',
    );
  });
});

test('the stop rules tell the accuracy of the cell that each returns', async () => {
  const run = await syntheticRun({ seed: 1, epochs: 12 });
  await stored(run);
  const { app, screen } = await openPage({ hash: '#/stop-rules' });
  await app.import([tableFile()]);
  const table = screen.getByRole('region', { name: /Accuracies \(%\): invented, CIFAR-10 test/ });
  const last = inventedAccuracy(indexOf(run.epochs.at(-1)!.arch), TEST);
  await expect
    .element(table.getByRole('row', { name: /^DARTS\+ rt_10/ }))
    .toHaveTextContent(percent(last));
});
