import { afterEach, describe, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { writeTrace } from '../../../src/trace/write';
import { DEFAULT_SETTINGS } from '../../../src/paper/regime';
import { packed } from '../../support/packed';
import { recordingEntry } from '../../support/recording-entry';
import { ship } from '../../support/shipped';
import { syntheticRun } from '../../support/synthetic-run';
import Spoken from '../../../src/view/Spoken.svelte';
import { expectAccessible, openPage, theStore, usePage } from './page';

usePage();
afterEach(() => {
  vi.restoreAllMocks();
  delete document.documentElement.dataset.theme;
  localStorage.clear();
});

async function stored(epochs = 8) {
  const runs = await Promise.all([0, 1].map((seed) => syntheticRun({ seed, epochs })));
  await (await theStore()).importRuns(runs);
}

describe('accessibility', () => {
  test('axe finds nothing in light and dark, wide and narrow', async () => {
    await stored();
    // With a refusal and an ignored part of a link on screen.
    const { screen } = await openPage({ hash: '#colour=red' });
    await screen.getByRole('textbox', { name: 'Epochs', exact: true }).fill('0');
    await screen.getByRole('button', { name: 'Train', exact: true }).click();
    await expect.poll(() => screen.getByRole('alert').elements().length).toBe(2);
    await expect.element(screen.getByText(/mean of seeds 0-1/).first()).toBeVisible();
    await expectAccessible([
      ['light', 1440, 900],
      ['dark', 1440, 900],
      ['light', 390, 844],
    ]);
  });

  test('the page is no wider than a phone', async () => {
    await stored();
    await page.viewport(390, 844);
    await openPage();
    await expect.poll(() => document.documentElement.scrollWidth).toBeLessThanOrEqual(390);
  });

  test('on a phone the sentence comes first, then the cell, then the phase band', async () => {
    await stored();
    await page.viewport(390, 844);
    const { screen } = await openPage();
    const top = (element: Element) => element.getBoundingClientRect().top;
    const picture = screen.getByRole('img', { name: /^The cell/ });
    await expect.element(picture).toBeVisible();
    const sentence = top(document.querySelector('.headline')!);
    const cell = top(picture.element());
    const band = top(screen.getByRole('slider', { name: 'Timeline epoch' }).element());
    const train = top(screen.getByRole('button', { name: 'Train', exact: true }).element());
    const charts = top(screen.getByRole('region', { name: 'Charts' }).element());
    expect([sentence, cell, band, train, charts]).toEqual(
      [sentence, cell, band, train, charts].toSorted((a, b) => a - b),
    );
  });

  test('the skip link leads past the header', async () => {
    const { screen } = await openPage();
    await userEvent.tab();
    await expect
      .element(screen.getByRole('link', { name: 'Skip to the playground' }))
      .toHaveFocus();
    await userEvent.keyboard('{Enter}');
    expect(document.activeElement?.id).toBe('main');
  });
});

describe('the keyboard', () => {
  test('drives the clock from the page', async () => {
    await stored();
    const { app } = await openPage();
    expect(app.clock.position).toBe(8);
    await userEvent.keyboard('{ArrowLeft}{ArrowLeft}');
    expect(app.clock.position).toBe(6);
    await userEvent.keyboard('{Home}');
    expect(app.clock.position).toBe(0);
    await userEvent.keyboard('{Shift>}{ArrowRight}{/Shift}');
    expect(app.clock.position).toBe(8);
    await userEvent.keyboard(' ');
    expect(app.clock.playing).toBe(true);
    await userEvent.keyboard(' ');
    expect(app.clock.playing).toBe(false);
  });

  test('takes no key from a field, a button or the slider', async () => {
    await stored();
    const { app, screen } = await openPage();
    await screen.getByRole('textbox', { name: 'Seeds', exact: true }).click();
    await userEvent.keyboard('{Home}1, {ArrowLeft}');
    await expect
      .element(screen.getByRole('textbox', { name: 'Seeds', exact: true }))
      .toHaveValue('1, 0');
    expect(app.clock).toMatchObject({ position: 8, playing: false });

    screen.getByRole('switch', { name: 'Swap learning rates' }).element().focus();
    await userEvent.keyboard(' ');
    await expect.element(screen.getByRole('switch', { name: 'Swap learning rates' })).toBeChecked();
    expect(app.clock.playing).toBe(false);
  });
});

describe('the trajectory', () => {
  test('plays, pauses and is scrubbed; every panel shows the same epoch', async () => {
    await stored(30);
    const { app, screen } = await openPage();
    const slider = screen.getByRole('slider', { name: 'Timeline epoch', exact: true });
    // One for all views.
    expect(screen.getByRole('slider').elements()).toHaveLength(1);
    await slider.fill('12');
    await expect.element(screen.getByText(/mean of seeds 0-1 · epoch 12 of 30/)).toBeVisible();
    await expect
      .element(slider)
      .toHaveAttribute('aria-valuetext', expect.stringMatching(/^epoch 12 of 30/));
    await screen.getByRole('button', { name: 'Play trajectory', exact: true }).click();
    await expect.poll(() => app.clock.epoch).toBeGreaterThan(13);
    await screen.getByRole('button', { name: 'Pause trajectory', exact: true }).click();
    expect(app.clock.playing).toBe(false);
  });

  test('one seed can be looked at alone', async () => {
    await stored();
    const { screen } = await openPage();
    await screen.getByRole('combobox', { name: 'Look at' }).selectOptions('seed 1');
    await expect.element(screen.getByText(/baseline · seed 1 · epoch 8 of 8/)).toBeVisible();
    await expect
      .element(screen.getByRole('heading', { name: 'Derived cell', exact: true }))
      .toBeVisible();
  });
});

describe('the sentence', () => {
  test('is told to a screen reader seldom while it changes, and at rest; not beside the slider', async () => {
    const every = 400;
    const screen = await render(Spoken, { text: '0', playing: true, every, rest: 50 });
    const region = screen.container.querySelector('[data-spoken]')!;
    expect(region.getAttribute('aria-live')).toBe('polite');
    const told: { text: string; at: number }[] = [];
    new MutationObserver(() =>
      told.push({ text: region.textContent, at: performance.now() }),
    ).observe(region, { childList: true, characterData: true, subtree: true });
    const start = performance.now();
    for (let epoch = 1; epoch <= 30; epoch++) {
      await screen.rerender({ text: String(epoch) });
      await new Promise((done) => setTimeout(done, 40));
    }
    expect(told.length).toBeGreaterThan(1);
    expect(told.length).toBeLessThan(2 + (performance.now() - start) / (every / 2));
    for (const [at, { at: when }] of told.entries()) {
      if (at > 0) expect(when - told[at - 1]!.at).toBeGreaterThan(every / 2);
    }
    await screen.rerender({ text: 'the last', playing: false });
    await expect.poll(() => region.textContent).toBe('the last');

    const slider = document.createElement('input');
    slider.type = 'range';
    document.body.append(slider);
    slider.focus();
    await screen.rerender({ text: 'beside the slider' });
    await new Promise((done) => setTimeout(done, 2 * every));
    expect(region.textContent).toBe('the last');
    slider.remove();
  });
});

describe('the first visit', () => {
  const one = recordingEntry({ file: 'one.json.gz', title: 'Baseline, tiny', regime: 'baseline' });
  const index = JSON.stringify({ recordings: [one] });

  test('plays a recorded run, says that it is one, and stores nothing', async () => {
    const runs = await Promise.all([0, 1].map((seed) => syntheticRun({ seed, epochs: 20 })));
    ship({ 'index.json': index, 'one.json.gz': await packed(writeTrace(runs)) });
    const { app, screen } = await openPage();
    await expect.element(screen.getByText('recorded run', { exact: true })).toBeVisible();
    await expect
      .element(screen.getByText(/Baseline, tiny · mean of seeds 0-1 · epoch/))
      .toBeVisible();
    expect(app.clock.playing).toBe(true);
    expect(await (await theStore()).listRuns()).toEqual([]);

    await screen.getByRole('textbox', { name: 'Epochs', exact: true }).fill('2');
    await screen.getByRole('button', { name: 'Train', exact: true }).click();
    await expect.element(screen.getByText(/baseline · seed 0 · epoch 2 of 2/)).toBeVisible();
    expect(screen.getByText('recorded run', { exact: true }).query()).toBeNull();
  });

  test('shows the recording of the regime that is chosen, and keeps it on request', async () => {
    const swapped = { ...DEFAULT_SETTINGS, swap: true };
    const first = await syntheticRun({ seed: 0, epochs: 20 });
    const second = await syntheticRun({ seed: 0, epochs: 20, settings: swapped });
    ship({
      'index.json': JSON.stringify({
        recordings: [
          one,
          { ...one, file: 'two.json.gz', title: 'Swapped, tiny', regime: 'swapped' },
          { ...one, file: 'three.json.gz', title: 'Warm-up 10, tiny', regime: null },
          { ...one, file: 7, title: 'not an entry' },
        ],
      }),
      'one.json.gz': await packed(writeTrace([first])),
      // As a host sends it that says how it is packed.
      'two.json.gz': writeTrace([second]),
      'three.json.gz': writeTrace([first]),
    });
    const { screen } = await openPage();
    await expect.element(screen.getByText(/Baseline, tiny · seed 0/)).toBeVisible();
    await screen.getByRole('button', { name: 'Swapped rates', exact: true }).click();
    await expect.element(screen.getByText(/Swapped, tiny · seed 0/)).toBeVisible();
    await screen.getByRole('combobox', { name: 'Play' }).selectOptions('Warm-up 10, tiny');
    await expect.element(screen.getByText(/Warm-up 10, tiny · seed 0/)).toBeVisible();
    await screen.getByRole('combobox', { name: 'Play' }).selectOptions('Baseline, tiny');
    await expect.element(screen.getByText(/Baseline, tiny · seed 0/)).toBeVisible();

    const list = screen.getByRole('combobox', { name: 'Recorded runs to compare with' });
    await list.selectOptions('Swapped, tiny');
    await screen.getByRole('button', { name: 'Add to runs', exact: true }).click();
    await expect.element(screen.getByText(/Imported 1 run/)).toBeVisible();
    const runs = await (await theStore()).listRuns();
    expect(runs.map(({ uid }) => uid)).toEqual([second.uid]);
  });

  test('without a recording it invites to train', async () => {
    ship({});
    const { screen } = await openPage();
    await expect.element(screen.getByText(/Press Train and watch/)).toBeVisible();
    await expect.element(screen.getByRole('heading', { name: 'What to watch' })).toBeVisible();
  });

  test('a broken recording is told and harms nothing', async () => {
    ship({ 'index.json': index, 'one.json.gz': '{"format":"other"}' });
    const { screen } = await openPage();
    await expect.element(screen.getByText(/The recorded run could not be shown/)).toBeVisible();
    await expect.element(screen.getByText(/Press Train and watch/)).toBeVisible();
  });
});

test('the theme is chosen, kept and given back to the system', async () => {
  const { screen } = await openPage();
  const theme = screen.getByRole('button', { name: /^Theme:/ });
  await theme.click();
  expect(document.documentElement.dataset.theme).toBe('light');
  await theme.click();
  expect(document.documentElement.dataset.theme).toBe('dark');
  expect(localStorage.getItem('alphascope-theme')).toBe('dark');
  await theme.click();
  expect(document.documentElement.dataset.theme).toBeUndefined();
});
