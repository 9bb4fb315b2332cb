import { page, userEvent } from 'vitest/browser';
import { describe, expect, test } from 'vitest';
import { syntheticFork, syntheticRun, syntheticUid } from '../../support/synthetic-run';
import { expectAccessible, openPage, theStore, usePage } from './page';

usePage();

type Opened = Awaited<ReturnType<typeof openPage>>;
const button = ({ screen }: Opened, name: string) =>
  screen.getByRole('button', { name, exact: true });
const panel = ({ screen }: Opened) => screen.getByRole('group', { name: /^Fork seed/ });

/** The page with two finished seeds of a regime on screen, the clock at an epoch. */
async function openAt(epoch: number, seeds: readonly number[] = [0]): Promise<Opened> {
  const store = await theStore();
  const runs = seeds.map((seed) =>
    syntheticRun({ seed, epochs: 12, settings: { scale: 'c4-n1-r8-i100' } }),
  );
  await store.importRuns(await Promise.all(runs));
  const opened = await openPage({ manner: 'fast' });
  opened.app.clock.seek(epoch);
  return opened;
}

describe('a fork', () => {
  test('trains both branches and draws them from where they part', async () => {
    const opened = await openAt(5, [0, 1]);
    const { app, screen } = opened;
    await button(opened, 'Fork at epoch').click();
    await expect.element(panel(opened)).toHaveAccessibleName('Fork seed 0 at epoch 5');
    await expect.element(panel(opened)).toHaveTextContent('One branch of 7 epochs is trained');
    await screen.getByLabelText('Seed to fork').selectOptions('1');
    await screen.getByRole('switch', { name: 'Branch: swap learning rates' }).click();
    await expect
      .element(panel(opened))
      .toHaveTextContent('Changed from epoch 6 on: rates swapped.');
    await expect
      .element(panel(opened))
      .toHaveTextContent(
        'Two branches of 7 epochs are trained, with the change and without it. The state after epoch 5 ' +
          'is not kept: epochs 1 to 5 are trained again first, and compared with the run. ' +
          'At the run’s own pace, 2 s an epoch, that takes 29 s.',
      );
    await button(opened, 'Train both branches').click();
    await expect.poll(() => app.trainer.status.state).toBe('finished');

    const branches = app.library.runs.filter(({ fork }) => fork !== undefined);
    expect(branches.map(({ fork, toggles }) => [fork!.epoch, fork!.change, toggles])).toEqual([
      [5, { swap: true }, [{ fromEpoch: 6, swap: true }]],
      [5, {}, []],
    ]);
    // The parent alone beside its branch, although its regime has two seeds.
    const [a, b] = app.library.series;
    expect(a!.trajectories.map(({ seed }) => seed)).toEqual([1]);
    expect(a!.from).toBeUndefined();
    expect(b!.from).toBe(5);
    await expect
      .element(screen.getByText(/^A and B are one run up to epoch 5; B has rates swapped from/))
      .toBeVisible();
    await expect
      .element(screen.getByText(/^The branch without a change is the run itself, bit for bit, in/))
      .toHaveTextContent('in epochs 6 to 12.');
    const chart = screen.getByRole('img', { name: /^Operation magnitude over epochs/ }).element();
    const starts = (selector: string) =>
      [...chart.querySelectorAll(selector)].map((path) =>
        Number(/^M([\d.]+)/.exec(path.getAttribute('d')!)?.[1]),
      );
    const first = Math.min(...starts('.mean:not(.second):not(.partial)'));
    for (const x of starts('.mean.second')) expect(x).toBeGreaterThan(first + 50);
  });

  test('is made and left by the keyboard alone', async () => {
    const opened = await openAt(5);
    (button(opened, 'Fork at epoch').element() as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
    await expect.element(panel(opened)).toBeVisible();
    await userEvent.keyboard('{Escape}');
    await expect.element(panel(opened)).not.toBeInTheDocument();
    await expect.element(button(opened, 'Fork at epoch')).toHaveFocus();
    await userEvent.keyboard('{Enter}');
    await expect.element(panel(opened)).toBeVisible();
    await userEvent.keyboard('{Tab}{Enter}');
    await expect.element(panel(opened)).toHaveTextContent('rates swapped');
    await userEvent.keyboard('{Tab}{Tab}{Tab}{Enter}');
    await expect.poll(() => opened.app.trainer.status.state).toBe('finished');
    expect(opened.app.library.runs).toHaveLength(3);
  });

  test('says why it cannot be, and what is typed wrong', async () => {
    const opened = await openAt(12);
    const { app, screen } = opened;
    await button(opened, 'Fork at epoch').click();
    await expect.element(panel(opened)).toHaveTextContent('Seed 0 ends with epoch 12');
    await expect.element(button(opened, 'Train the branch')).toBeDisabled();
    app.clock.seek(3);
    await expect.element(panel(opened)).toHaveAccessibleName('Fork seed 0 at epoch 3');
    await expect.element(button(opened, 'Train the branch')).toBeEnabled();
    await screen.getByRole('textbox', { name: 'Branch: alpha L2' }).fill('-1');
    await expect.element(button(opened, 'Train the branch')).toBeDisabled();
    await screen.getByRole('textbox', { name: 'Branch: alpha L2' }).fill('0.01');
    await expect.element(panel(opened)).toHaveTextContent('from epoch 4 on: L2 .01.');
    await expect.element(button(opened, 'Train both branches')).toBeEnabled();
  });

  test('that was imported is compared with its parent from where they part, at any width', async () => {
    const store = await theStore();
    const parent = await syntheticRun({ seed: 0, epochs: 12 });
    const fork = await syntheticFork(parent, 4, { frozen: true }, { uid: syntheticUid(9) });
    await store.importRuns([parent, { ...fork, name: 'frozen branch' }]);
    const opened = await openPage();
    const { app, screen } = opened;
    expect(app.library.groups).toHaveLength(2);
    for (const width of [1024, 390]) {
      await page.viewport(width, 844);
      await app.showRegime(app.library.groups.find(({ name }) => name === 'baseline')!.key);
      await app.compareRegime(app.library.groups.find(({ name }) => name !== 'baseline')!.key);
      await expect
        .element(screen.getByText(/^A and B are one run up to epoch 4; B has alpha frozen/))
        .toBeVisible();
      expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
    }
  });

  test('axe finds nothing in light and dark, wide and narrow', async () => {
    const opened = await openAt(5, [0, 1]);
    await button(opened, 'Fork at epoch').click();
    await expect.element(panel(opened)).toBeVisible();
    await expectAccessible([
      ['light', 1440, 900],
      ['dark', 1024, 768],
      ['dark', 390, 844],
    ]);
  });
});
