import { expect, test } from 'vitest';
import { ONE_SHOT_OPERATIONS } from '../../../src/paper/operation';
import { ONE_SHOT_3 } from '../../../src/paper/space/nas-bench-1shot1';
import { runDigest } from '../../../src/trace/digest';
import type { TraceRun } from '../../../src/trace/types';
import { inventedScaledTable } from '../../support/invented-scaled-table';
import { syntheticHead, syntheticRun } from '../../support/synthetic-run';
import { packed } from '../../support/packed';
import { closePage, openPage, theStore, usePage, wrongForAxe } from './page';

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
  // The second is for screen readers, and comes later.
  const sentence = /leads since epoch \d+ in 2 of 2 seeds; it now holds all five choice/;
  await expect.element(screen.getByText(sentence).first()).toBeVisible();
  await expect.element(screen.getByRole('heading', { name: 'Operation magnitude' })).toBeVisible();
  const unit = 'mean of softmax(alpha) over the choice blocks';
  await expect.element(screen.getByText(unit, { exact: false })).toBeVisible();
  await expect.element(screen.getByRole('heading', { name: 'Loss' })).toBeVisible();
  app.clock.seek(0.5);
  expect(await wrongForAxe()).toEqual([]);
});

test('its own table gives a run of another space accuracies, and is kept and removed like any', async () => {
  const runs = [await oneShotRun(0), await oneShotRun(1)];
  await (await theStore()).importRuns(runs);
  const opened = await openPage();
  const { app, screen } = opened;
  const panel = screen.getByRole('region', { name: 'Accuracies' });
  await expect
    .element(panel)
    .toHaveTextContent(/Those of NAS-Bench-1Shot1, space 3 come from a table .* none is here\./);
  const file = (text: BlobPart, name: string) => app.import([new File([text], name)]);
  const text = await oneShotTable(runs);
  // A table that was cut off, or whose numbers were changed, changes nothing here.
  await file(text.replace('"accuracy":0.', '"accuracy":0.9'), 'changed.json');
  await expect.element(screen.getByText(/changed\.json: \$\.digest does not match/)).toBeVisible();
  await file((await packed(text)).slice(0, 90), 'cut.json.gz');
  await file(`{"builds":${'['.repeat(9)}`, 'cut.json');
  await expect.element(screen.getByText(/cut\.json: /)).toBeVisible();
  expect(app.tables.heads).toEqual([]);

  await file(await packed(text), 'own.json.gz');
  const chart = screen.getByRole('figure', { name: 'Accuracy of the derived cell' });
  await expect
    .element(chart)
    .toHaveTextContent(
      /space 3, trained here at scale bench.*at epoch 6 the derived cell has 40\.00 %/,
    );
  await expect.element(panel).toHaveTextContent(/from 40\.00 to 40\.00 % over the cells/);
  expect(app.tables.judging).toEqual([]);
  expect(app.tables.lookup).toBeNull();
  await expect
    .element(screen.getByRole('row', { name: /6 \/ 6 40\.00/ }).first())
    .toBeInTheDocument();
  await closePage(opened);

  const again = await openPage();
  await expect
    .element(again.screen.getByText(/1 cells? of NAS-Bench-1Shot1, space 3/))
    .toBeVisible();
  await again.screen.getByRole('button', { name: /^Remove table/ }).click();
  await expect.element(again.screen.getByText(/none is here\./)).toBeVisible();
  await again.screen.getByRole('button', { name: 'Undo' }).click();
  await expect
    .element(again.screen.getByRole('figure', { name: 'Accuracy of the derived cell' }))
    .toHaveTextContent(/40\.00 %/);
});

test('its derived cell is trained on the page of cells, and so are all that it visited', async () => {
  const run = await oneShotRun(0);
  const store = await theStore();
  await store.importRuns([run]);
  const { app, screen } = await openPage({ manner: 'fast' });
  app.clock.seek(6);
  const last = run.epochs.at(-1)!.arch;
  await expect.element(screen.getByText(last, { exact: true })).toBeVisible();
  await screen.getByRole('link', { name: 'Train this cell' }).click();
  const field = screen.getByRole('textbox', { name: 'Architecture string' });
  await expect.element(field).toHaveValue(last);
  const space = screen.getByRole('combobox', { name: 'Search space' });
  await expect.element(space).toHaveValue('nas-bench-1shot1-3');
  await expect.element(screen.getByRole('img', { name: /^The cell\. Block 1: 1×1/ })).toBeVisible();
  expect(await wrongForAxe()).toEqual([]);

  await screen.getByRole('button', { name: 'Train', exact: true }).click();
  await expect
    .poll(() => document.querySelector('[data-cells="accuracy"]')?.textContent)
    .toBe('40.00 %, one seed');
  const [result] = await store.cells.list();
  expect(result).toMatchObject({
    arch: ONE_SHOT_3.form(last),
    config: { space: 'nas-bench-1shot1-3', scale: 'tiny' },
  });

  await screen.getByRole('button', { name: 'Use as accuracy table' }).click();
  await expect.poll(() => app.tables.of('nas-bench-1shot1-3')?.accuracy(last)).toBeCloseTo(40, 9);
  expect(app.tables.judging).toEqual([]);

  location.hash = `#/cell?run=${run.uid}`;
  await expect
    .element(screen.getByText(/^1 run derived \d+ cells? of NAS-Bench-1Shot1, space 3 in 6 epochs/))
    .toBeVisible();
  const archs = new Set(run.epochs.map(({ arch }) => ONE_SHOT_3.form(arch)));
  if (archs.size > 1) await screen.getByRole('button', { name: 'Train these cells' }).click();
  await expect.poll(async () => (await store.cells.list()).length).toBe(archs.size);
  await expect.element(screen.getByText('All of them are measured.')).toBeVisible();
});

test('the editor leads from a cell of one space to one of another', async () => {
  const { screen } = await openPage({ hash: '#/cell' });
  const field = screen.getByRole('textbox', { name: 'Architecture string' });
  const choice = (name: string) => screen.getByRole('combobox', { name, exact: true });
  await choice('Search space').selectOptions('NAS-Bench-1Shot1, space 1');
  await expect
    .element(field)
    .toHaveValue(
      '|conv3x3-bn-relu~0|+|conv3x3-bn-relu~0~1|+|conv3x3-bn-relu~1~2|+|conv3x3-bn-relu~2~3|+|output~3~4|',
    );
  const drawing = screen.getByRole('img', { name: /^The cell\. Block 1/ });
  await expect.element(drawing).toBeVisible();
  // What follows the drawing stands below it.
  const room = () => drawing.element().parentElement!.getBoundingClientRect().height;
  await expect.poll(() => drawing.element().getBoundingClientRect().height - room()).toBe(0);
  await choice('Block 2').selectOptions('max pooling');
  await choice('Block 3 reads').selectOptions('input and block 1');
  await choice('The output reads').selectOptions('input and block 1');
  await expect
    .element(field)
    .toHaveValue(
      '|conv3x3-bn-relu~0|+|maxpool3x3~0~1|+|conv3x3-bn-relu~0~1|+|conv3x3-bn-relu~2~3|+|output~0~1|',
    );
  await expect
    .element(screen.getByText(/the output is not reached from block 2, block 3 and block 4/))
    .toBeVisible();
  await field.fill('|conv3x3-bn-relu~0|+|output~0|');
  await expect.element(screen.getByText(/^Not a cell: 2 groups/)).toBeVisible();
  await choice('Search space').selectOptions('NAS-Bench-201');
  await expect.element(choice('1←0')).toBeVisible();
  expect(await wrongForAxe()).toEqual([]);
});

/** An INVENTED table with the cell that these runs end in. */
function oneShotTable(runs: readonly TraceRun[]): Promise<string> {
  const archs = new Set(
    runs.flatMap(({ epochs }) => epochs.map(({ arch }) => ONE_SHOT_3.form(arch))),
  );
  const results = [{ seed: 0, accuracy: 0.4, loss: 1.5 }];
  return inventedScaledTable(
    'nas-bench-1shot1-3',
    [...archs].map((arch) => ({ arch, results })),
  );
}
