import { beforeEach, describe, expect, test } from 'vitest';
import { readTrace } from '../../../src/trace/read';
import type { TraceRun } from '../../../src/trace/types';
import { writeTrace } from '../../../src/trace/write';
import { magnitudeBundles } from '../../../src/view/chart/series';
import { classState } from '../../../src/view/class/state';
import { CONTROLS, parseLink } from '../../../src/view/link';
import { syntheticRun } from '../../support/synthetic-run';
import { downloaded } from './files';
import { closePage, openPage, usePage, wrongForAxe } from './page';

usePage();
beforeEach(() => sessionStorage.clear());

type Screen = Awaited<ReturnType<typeof openPage>>['screen'];

const fileOf = (runs: readonly TraceRun[], name: string): File =>
  new File([writeTrace(runs)], name, { type: 'application/json' });

const madeBy = (seed: number) => syntheticRun({ seed, epochs: 4 });

/** As by the button: the files are chosen, and the page hears of it. */
function give(screen: Screen, files: readonly File[]): void {
  const input = screen.container.querySelector<HTMLInputElement>(
    'input[aria-label="Trace files of a class"]',
  )!;
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  input.files = transfer.files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

describe('a tab of a class', () => {
  const HASH = '#/?scale=tiny&epochs=3&seeds=own&show=swap,epochs';
  const field = (screen: Screen, name: string) =>
    screen.getByRole('textbox', { name, exact: true });

  test('has a seed of its own, which a reload keeps, and what the link shows', async () => {
    const before = await openPage({ hash: HASH });
    const { form } = before.app;
    const [seed] = form.seedList!;
    expect(form.seedList).toHaveLength(1);
    expect(seed).toBeGreaterThanOrEqual(1000);
    await expect.element(before.screen.getByText(`Your seed is ${seed}`)).toBeVisible();
    await expect.element(field(before.screen, 'Epochs')).toHaveValue('3');
    await expect
      .element(before.screen.getByRole('switch', { name: 'Swap learning rates' }))
      .toBeVisible();
    for (const name of ['Seeds', 'Alpha L2', 'Warm-up epochs']) {
      expect(field(before.screen, name).elements()).toEqual([]);
    }
    const hidden = new RegExp(`${CONTROLS.length - 2} controls hidden`);
    await expect.element(before.screen.getByText(hidden)).toBeVisible();
    await closePage(before);

    const after = await openPage({ hash: HASH });
    expect(after.app.form.seedList).toEqual([seed]);
    await after.screen.getByRole('button', { name: 'Show all' }).click();
    await expect.element(field(after.screen, 'Seeds')).toHaveValue(String(seed));
  });

  test('another tab has another seed', async () => {
    const one = await openPage({ hash: HASH });
    const [seed] = one.app.form.seedList!;
    await closePage(one);
    // A tab has a session storage of its own.
    sessionStorage.clear();
    const { app } = await openPage({ hash: HASH });
    expect(app.form.seedList![0]).not.toBe(seed);
  });

  test('a link that shows no such control is told', async () => {
    const { screen } = await openPage({ hash: '#epochs=3&show=swap,secrets' });
    await expect.element(screen.getByRole('alert')).toHaveTextContent(/Show: .* not "secrets"/);
    await expect.element(field(screen, 'Seeds')).toBeVisible();
  });
});

describe('the page of a class', () => {
  test('makes the link that it shows', async () => {
    const { screen } = await openPage({ hash: '#/class' });
    await screen.getByRole('combobox', { name: 'Regime' }).selectOptions('Swapped rates');
    await screen.getByRole('textbox', { name: 'Epochs', exact: true }).fill('12');
    await screen.getByRole('checkbox', { name: 'Warm-up epochs, freeze' }).click();
    await screen.getByRole('checkbox', { name: 'Swap learning rates' }).click();
    const field = screen.getByRole('textbox', { name: 'The link' });
    const { hash } = new URL((field.element() as HTMLInputElement).value);
    expect(parseLink(hash)).toMatchObject({
      place: 'playground',
      settings: { swap: true, epochs: 12, scale: 'tiny' },
      seeds: 'own',
      show: ['swap', 'warmup'],
      problems: [],
    });
    await screen.getByRole('textbox', { name: 'Epochs', exact: true }).fill('none');
    expect(field.elements()).toEqual([]);
  });

  test('pools everybody’s files as one machine would, and says what it refuses', async () => {
    const { screen, app } = await openPage({ hash: '#/class' });
    await expect.element(screen.getByRole('heading', { name: /Collect/ })).toBeVisible();
    const { pool } = classState(app);
    const runs = await Promise.all([48_213, 2_000, 77_777, 5_005].map(madeBy));
    const swapped = await syntheticRun({ seed: 4_004, epochs: 4, settings: { swap: true } });
    give(screen, [
      fileOf([runs[0]!], 'anna.json'),
      fileOf([runs[1]!, runs[2]!], 'ben and cem.json'),
      fileOf([runs[0]!], 'anna again.json'),
      fileOf([swapped], 'dora.json'),
      new File([writeTrace([runs[3]!]).replace(/"lossTrain":\d/, '"lossTrain":9')], 'eve.json'),
      new File(['{"format": '], 'fay.json'),
    ]);
    await expect
      .element(screen.getByText('3 seeds in the pool, from 2 files.'), { timeout: 15_000 })
      .toBeVisible();
    await expect.poll(() => pool.waiting).toBe(0);
    await expect.element(screen.getByText('Not in the pool (4)')).toBeVisible();
    const items = screen.container.querySelectorAll('.refused li');
    const said = [...items].map(({ textContent }) => textContent);
    expect(said).toHaveLength(4);
    const about = (name: string) => said.find((text) => text.startsWith(`${name}:`));
    expect(about('anna again.json')).toMatch(/seed 48213: in the pool already/);
    expect(about('dora.json')).toMatch(/another configuration, effective\./);
    expect(about('eve.json')).toMatch(/digest/);
    expect(about('fay.json')).toBeTruthy();

    // With one more it is said whether the mean is sharper, by the numbers that are drawn; and to the
    // bit it is what one file of all would give.
    await expect.element(screen.getByText(/on average over 3 seeds/)).toBeVisible();
    const errorAtEnd = () => {
      const ends = magnitudeBundles(pool.scene.regime!).map(({ bands }) => bands[4]!);
      const { std, n } = ends.reduce((most, band) => (band.mean > most.mean ? band : most));
      return std / Math.sqrt(n);
    };
    const of3 = errorAtEnd();
    give(screen, [fileOf([runs[3]!], 'gil.json')]);
    const sentence = screen.getByText(/on average over 4 seeds/);
    await expect.element(sentence).toBeVisible();
    const three = (value: number) => value.toFixed(3).replace(/^0/, '');
    await expect.element(sentence).toHaveTextContent(`known to ± ${three(errorAtEnd())}`);
    const verdict =
      errorAtEnd() < of3 ? 'the last files made it sharper' : 'less well than it seemed';
    await expect
      .element(sentence)
      .toHaveTextContent(new RegExp(`With 3 seeds it was ± \\${three(of3)}: .*${verdict}`));
    const together = magnitudeBundles(pool.scene.regime!);
    pool.clear();
    await pool.add([fileOf(runs, 'all.json')]);
    expect(magnitudeBundles(pool.scene.regime!)).toEqual(together);

    // Nothing of it went to the store.
    expect(app.library.runs).toEqual([]);
    expect(await wrongForAxe()).toEqual([]);
  });

  test('saves the pool as one trace, and takes what is dropped only while it is open', async () => {
    const { screen, app } = await openPage({ hash: '#/class' });
    await expect.element(screen.getByRole('heading', { name: /Collect/ })).toBeVisible();
    const { pool } = classState(app);
    await pool.add([fileOf(await Promise.all([3_000, 1_000].map(madeBy)), 'two.json')]);
    const saved = await downloaded(() =>
      screen.getByRole('button', { name: 'Save the pool' }).click(),
    );
    const { runs } = await readTrace(await saved.text());
    expect(runs.map(({ seed }) => seed)).toEqual([1_000, 3_000]);

    expect(app.collect).not.toBeNull();
    location.hash = '#/';
    await expect.poll(() => app.collect).toBeNull();
    location.hash = '#/class';
    await expect.element(screen.getByText('2 seeds in the pool, from 1 file.')).toBeVisible();
    await screen.getByRole('button', { name: 'Start over' }).click();
    await expect.element(screen.getByText('0 seeds in the pool.')).toBeVisible();
  });
});
