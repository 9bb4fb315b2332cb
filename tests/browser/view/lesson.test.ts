import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { ArmKey } from '../../../src/paper/experiment/arm';
import { configFor } from '../../../src/paper/experiment/config';
import { deriveGenotype, formatGenotype } from '../../../src/paper/genotype';
import { runDigest } from '../../../src/trace/digest';
import type { TraceRun } from '../../../src/trace/types';
import { recordingsOf, ship as shipFiles } from '../../support/shipped';
import { syntheticRun, syntheticUid, type SyntheticOptions } from '../../support/synthetic-run';
import { openPage, theStore, usePage, wrongForAxe } from './page';

/* Lessons over invented recordings, served in place of those that ship. */

usePage();
beforeEach(() => localStorage.clear());
afterEach(() => {
  vi.restoreAllMocks();
  localStorage.clear();
  delete document.documentElement.dataset.theme;
});

type Screen = Awaited<ReturnType<typeof openPage>>['screen'];
const button = (screen: Screen, name: string) => screen.getByRole('button', { name, exact: true });
const radio = (screen: Screen, name: string) => screen.getByRole('radio', { name, exact: true });
const title = (screen: Screen, name: string | RegExp) =>
  screen.getByRole('heading', { level: 3, name });
const headline = () => document.querySelector('.instrument .headline')?.textContent;

let uids = 0;
/** Of a seed in which skip-connect wins, or with this operation's alpha far above the others. */
async function armRun(
  arm: ArmKey,
  seed: number,
  { winner, ...more }: Partial<SyntheticOptions> & { readonly winner?: string } = {},
): Promise<TraceRun> {
  const config = configFor({ arm, scale: 'bench' });
  const { warmup, epochs, ops } = config.effective;
  const uid = syntheticUid(5000 + ++uids);
  const run = await syntheticRun({ seed, epochs: warmup + epochs, config, uid, ...more });
  if (winner === undefined) return run;
  const column = (ops as readonly string[]).indexOf(winner);
  const records = run.epochs.map((record) => {
    const alpha = record.alpha.map((row) => row.map((value, at) => (at === column ? 3 : value)));
    return { ...record, alpha, arch: formatGenotype(deriveGenotype(alpha, ops)), steps: [] };
  });
  return { ...run, epochs: records, digest: await runDigest({ ...run, epochs: records }) };
}

/** Ships recordings of these arms, a trace each; what is not among them is not recorded. */
async function ship(arms: Parameters<typeof recordingsOf>[0]): Promise<void> {
  shipFiles(await recordingsOf(arms));
}

const seedsOf = (arm: ArmKey, more: Parameters<typeof armRun>[2] = {}) =>
  Promise.all([0, 1, 2].map((seed) => armRun(arm, seed, more)));

async function openLesson(hash: string) {
  const opened = await openPage({ hash });
  await expect.element(opened.screen.getByRole('heading', { level: 2 }).first()).toBeVisible();
  return opened;
}

describe('the list', () => {
  test('is reached by the navigation, names eight lessons and every term', async () => {
    await ship({});
    const { screen } = await openPage();
    await screen.getByRole('link', { name: 'Lessons', exact: true }).click();
    const list = screen.getByRole('region', { name: 'Lessons', exact: true });
    await expect.element(list).toHaveFocus();
    expect(document.title).toBe('Lessons · Alphascope');
    expect(list.getByRole('listitem').elements()).toHaveLength(8);
    await expect.element(screen.getByText('7 steps, 0 of 1 prediction made')).toBeVisible();
    await expect
      .element(screen.getByRole('term').filter({ hasText: 'softmax inertia' }))
      .toBeVisible();
    await screen.getByRole('link', { name: /^1? ?A supernet and its alphas/ }).click();
    await expect.element(title(screen, /One network with every cell in it/)).toBeVisible();
    expect(location.hash).toBe('#/lesson/1');
  });

  test('brings a term of a link into view, and says which lesson does not exist', async () => {
    await ship({});
    const { screen } = await openPage({ hash: '#/lessons?term=warm-up' });
    await expect.poll(() => document.activeElement?.id).toBe('term-warm-up');
    await openPageAt('#/lesson/9');
    await expect.element(screen.getByText('There is no lesson 9; they are 1 to 8.')).toBeVisible();
  });
});

/** As a link in the page would. */
async function openPageAt(hash: string): Promise<void> {
  location.hash = hash;
  await expect.poll(() => location.hash).toBe(hash);
}

describe('a step', () => {
  test('is named by the link, and plays its recording at once', async () => {
    await ship({ baseline: await seedsOf('baseline') });
    const { screen } = await openLesson('#/lesson/2?step=1');
    await expect.element(title(screen, /The first epochs/)).toBeVisible();
    await expect.poll(headline).toMatch(/epoch|leads|No operation/);
    // It plays to epoch 5 and stops there.
    await expect
      .element(screen.getByText(/baseline · mean of seeds 0-2 · epoch 5 of 50/))
      .toBeVisible();
    await expect.element(screen.getByText('step 1 of 6', { exact: true })).toBeVisible();
    await expect.element(button(screen, 'Back')).toBeDisabled();
  });

  test('moves by buttons and by the arrows; the address goes along and leads back', async () => {
    await ship({ baseline: await seedsOf('baseline') });
    const { screen } = await openLesson('#/lesson/2');
    await button(screen, 'Next').click();
    await expect.element(title(screen, /Predict: who takes the cell/)).toBeVisible();
    expect(location.hash).toBe('#/lesson/2?step=2');
    await userEvent.keyboard('{ArrowRight}{ArrowRight}');
    await expect.element(screen.getByText('step 4 of 6', { exact: true })).toBeVisible();
    await userEvent.keyboard('{ArrowLeft}');
    await expect.element(title(screen, /One number for an operation/)).toBeVisible();
    history.back();
    await expect.element(screen.getByText('step 4 of 6', { exact: true })).toBeVisible();
    await userEvent.keyboard('{ArrowRight}{ArrowRight}{ArrowRight}');
    await screen.getByRole('link', { name: 'Lesson 3', exact: true }).click();
    await expect.element(title(screen, /Perhaps the weights are not ready/)).toBeVisible();
  });

  test('leaves the playground as it was', async () => {
    await ship({ baseline: await seedsOf('baseline') });
    await (await theStore()).importRuns([await armRun('swapped', 0)]);
    const { app, screen } = await openPage();
    app.clock.seek(17);
    await openPageAt('#/lesson/2?step=1');
    await expect.element(screen.getByText(/epoch 5 of 50/)).toBeVisible();
    await openPageAt('#/');
    await expect.element(screen.getByRole('slider', { name: 'Timeline epoch' })).toHaveValue('17');
    await expect.element(screen.getByText(/seed 0 · epoch 17 of 50/)).toBeVisible();
  });

  test('opens a term where it stands, and the keyboard closes it', async () => {
    await ship({ baseline: await seedsOf('baseline') });
    const { screen } = await openLesson('#/lesson/1');
    const term = button(screen, 'supernet');
    (term.element() as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
    const definition = screen.getByRole('dialog', { name: 'supernet' });
    await expect.element(definition).toBeVisible();
    await expect.element(definition).toHaveTextContent(/every edge holds all operations at once/);
    await userEvent.keyboard('{Escape}');
    await expect.element(definition).not.toBeInTheDocument();
    await expect.element(term).toHaveFocus();
  });

  test('shows one bilevel step with the numbers of the trace, and equations as MathML', async () => {
    const runs = await seedsOf('baseline');
    await ship({ baseline: runs });
    const { screen } = await openLesson('#/lesson/1?step=6');
    const row = screen.getByRole('row', { name: /^skip/ });
    const column = runs[0]!.config.effective.ops.indexOf('skip_connect');
    const before = runs[0]!.epochs[11]!.alpha[3]![column]!;
    await expect.element(row).toHaveTextContent(new RegExp(`skip\\s*${three(before)}`));
    await expect
      .element(screen.getByRole('listitem').filter({ hasText: 'alpha step' }))
      .toHaveAttribute('aria-current', 'step');
    const math = document.querySelectorAll('[data-equation="alpha"] math *');
    expect(math.length).toBeGreaterThan(10);
    for (const node of math) {
      expect(node.namespaceURI).toBe('http://www.w3.org/1998/Math/MathML');
    }
  });

  test('says which runs are not recorded yet, and shows the rest', async () => {
    await ship({ baseline: await seedsOf('baseline') });
    const { screen } = await openLesson('#/lesson/7?step=4');
    await expect.element(screen.getByText(/Not recorded yet: 1Shot1 space 1\./)).toBeVisible();
    await radio(screen, 'yes').click();
    await button(screen, 'Reveal').click();
    await expect
      .element(
        screen.getByText(/not recorded yet: 1Shot1 space 1, 1Shot1 space 2 and 1Shot1 space 3/),
      )
      .toBeVisible();
  });
});

describe('a prediction', () => {
  test('comes before the reveal, is kept, and can be taken back', async () => {
    await ship({ baseline: await seedsOf('baseline') });
    const { screen } = await openLesson('#/lesson/2?step=2');
    await expect.element(button(screen, 'Reveal')).toBeDisabled();
    await expect.element(screen.getByText(/epoch 5 of 50/)).toBeVisible();
    expect(document.querySelector('[aria-label="Timeline epoch"]')).toBeNull();
    await radio(screen, 'average pooling').click();
    // Arrows choose among the answers and do not leave the step.
    await userEvent.keyboard('{ArrowUp}');
    await expect.element(radio(screen, '3×3 convolution')).toBeChecked();
    await button(screen, 'Reveal').click();
    await expect
      .element(
        screen.getByText(/^You predicted: 3×3 convolution\. These runs say: skip-connect\.$/),
      )
      .toBeVisible();
    await expect.element(screen.getByText(/The same is found here/)).toBeVisible();
    // One for all views, once there is something to look through.
    await expect.element(screen.getByRole('slider', { name: 'Timeline epoch' })).toBeVisible();
    expect(screen.getByRole('slider').elements()).toHaveLength(1);
    expect(localStorage.getItem('alphascope-lessons')).toBe('{"2 winner":"nor_conv_3x3"}');

    await openPageAt('#/lessons');
    await expect
      .element(screen.getByText('6 steps, 1 of 2 predictions made').first())
      .toBeVisible();
    await button(screen, 'Forget my predictions').click();
    expect(localStorage.getItem('alphascope-lessons')).toBe('{}');
    await openPageAt('#/lesson/2?step=2');
    await expect.element(button(screen, 'Reveal')).toBeDisabled();
  });

  test('is judged by the runs: others turn the answer round', async () => {
    await ship({ baseline: await seedsOf('baseline', { winner: 'nor_conv_1x1' }) });
    localStorage.setItem('alphascope-lessons', '{"2 winner":"nor_conv_1x1"}');
    const { screen } = await openLesson('#/lesson/2?step=2');
    await expect
      .element(screen.getByText('You predicted: 1×1 convolution. So it is.'))
      .toBeVisible();
    await expect.element(screen.getByText(/go to 1×1 convolution 6, in the mean/)).toBeVisible();
    await expect.element(screen.getByText(/Something else is found here/)).toBeVisible();
    await openPageAt('#/lesson/2?step=5');
    await expect
      .element(screen.getByText(/Not seen \(n = 3\): DARTS-V1 degrades/))
      .toHaveTextContent(/baseline\. Here unlike in the paper\./);
  });

  test('at the end is answered by a run of one’s own', async () => {
    await ship({ baseline: await seedsOf('baseline', { winner: 'nor_conv_3x3' }) });
    await (await theStore()).importRuns([await armRun('baseline', 7)]);
    const { screen } = await openLesson('#/lesson/2?step=6');
    await radio(screen, 'none or one').click();
    await button(screen, 'Reveal').click();
    await expect
      .element(
        screen.getByText(/In your own run \(seed 7\), the last cell holds [456] skip-connects/),
      )
      .toBeVisible();
    await expect.element(screen.getByText('your run', { exact: true })).toBeVisible();
    await expect
      .element(screen.getByRole('link', { name: 'Set it in the playground' }))
      .toHaveAttribute('href', expect.stringContaining('seeds=5'));
  });

  test('survives storage that holds nonsense', async () => {
    await ship({});
    localStorage.setItem('alphascope-lessons', '[{"2 winner":3}');
    const { screen } = await openLesson('#/lessons');
    await expect.element(screen.getByText('7 steps, 0 of 1 prediction made')).toBeVisible();
  });
});

describe('the presenter', () => {
  test('shows one panel, moves by arrows and leaves by Escape', async () => {
    await page.viewport(1024, 768);
    await ship({ baseline: await seedsOf('baseline') });
    localStorage.setItem('alphascope-lessons', '{"2 winner":"none"}');
    const { screen } = await openLesson('#/lesson/2?step=3');
    await expect.element(screen.getByRole('figure').nth(1)).toBeVisible();
    await userEvent.keyboard('p');
    const dialog = screen.getByRole('dialog', { name: 'Lesson 2, presented' });
    await expect.element(dialog).toBeVisible();
    await expect.element(dialog.getByRole('figure', { name: 'Operation magnitude' })).toBeVisible();
    await expect.element(dialog.getByText('Softmax(alpha) over time')).not.toBeInTheDocument();
    const { font } = {
      font: getComputedStyle(dialog.getByText(/To see a bias/).element()).fontSize,
    };
    expect(parseFloat(font)).toBeGreaterThanOrEqual(20);
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(1024);
    await userEvent.keyboard('{ArrowRight}');
    await expect.element(dialog.getByText('step 4 of 6', { exact: true })).toBeVisible();
    // A definition closes first, then the presenter.
    await dialog.getByRole('button', { name: 'degradation', exact: true }).click();
    await userEvent.keyboard('{Escape}');
    await expect.element(dialog).toBeVisible();
    await userEvent.keyboard('{Escape}');
    await expect.element(dialog).not.toBeInTheDocument();
    await expect.element(screen.getByText('step 4 of 6', { exact: true })).toBeVisible();
    await button(screen, 'Present').click();
    await screen.getByRole('button', { name: /^Leave/ }).click();
    await expect.element(dialog).not.toBeInTheDocument();
  });
});

describe('accessibility', () => {
  test.each([
    ['light', 1440, 900, '#/lesson/2?step=6'],
    ['dark', 1024, 768, '#/lesson/1?step=6'],
    ['light', 390, 844, '#/lesson/2?step=2'],
    ['dark', 390, 844, '#/lessons?term=alpha'],
    ['dark', 1024, 768, 'present'],
  ] as const)(
    'axe finds nothing in the %s page of %i x %i, %s',
    async (theme, width, height, at) => {
      await page.viewport(width, height);
      await ship({ baseline: await seedsOf('baseline') });
      localStorage.setItem('alphascope-lessons', '{"2 own":"few"}');
      const { screen } = await openLesson(at === 'present' ? '#/lesson/2?step=5' : at);
      document.documentElement.dataset.theme = theme;
      if (!at.startsWith('#/lessons')) await expect.poll(headline).toBeTruthy();
      if (at === 'present') {
        await userEvent.keyboard('p');
        await expect.element(screen.getByText(/seen \(n = 3\)/i)).toBeVisible();
      }
      expect(await wrongForAxe()).toEqual([]);
      expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
    },
  );
});

/** Three figures, as the table writes them. */
function three(value: number): string {
  return String(Number(value.toPrecision(3)))
    .replace('-', '−')
    .replace('.', '\\.');
}
