import { afterEach, describe, expect, test, vi } from 'vitest';
import { CLAIM_IDS } from '../../../src/paper/claim/claim';
import type { ArmKey } from '../../../src/paper/experiment/arm';
import { configFor } from '../../../src/paper/experiment/config';
import { readFigure } from '../../../src/trace/figure';
import { without } from '../../../src/trace/without';
import type { TraceRun } from '../../../src/trace/types';
import { recordingsOf, ship } from '../../support/shipped';
import { syntheticRun, syntheticUid, type SyntheticOptions } from '../../support/synthetic-run';
import { downloaded } from './files';
import { closePage, expectAccessible, openPage, theStore, usePage } from './page';

/* The experiments page over a real store; the practice trainer's runs and those here are invented. */

usePage();
afterEach(() => {
  vi.restoreAllMocks();
  delete document.documentElement.dataset.theme;
});

type Screen = Awaited<ReturnType<typeof openPage>>['screen'];
const HASH = '#/experiments';
const button = (screen: Screen, name: string) => screen.getByRole('button', { name, exact: true });
const region = (screen: Screen, name: RegExp) => screen.getByRole('region', { name });
const seed = (screen: Screen, name: string | RegExp) =>
  screen.getByRole('img', { name, exact: true });

let uids = 0;
function armRun(arm: ArmKey, seed: number, more: Partial<SyntheticOptions> = {}) {
  const config = configFor({ arm, scale: 'bench' });
  const epochs = config.effective.warmup + config.effective.epochs;
  return syntheticRun({ seed, epochs, config, uid: syntheticUid(1000 + ++uids), ...more });
}

const three = (arm: ArmKey) => Promise.all([0, 1, 2].map((seed) => armRun(arm, seed)));

async function stored(...runs: readonly TraceRun[]): Promise<void> {
  await (await theStore()).importRuns(runs);
}

describe('the page', () => {
  test('is reached by the navigation, has a title and a section for every experiment', async () => {
    ship(await recordingsOf({}));
    const { screen } = await openPage();
    await screen.getByRole('link', { name: 'Experiments', exact: true }).click();
    await expect.element(region(screen, /^Experiments$/)).toBeVisible();
    expect(document.title).toBe('Experiments · Alphascope');
    for (const name of [/^Baseline/, /^Exp\.1/, /^Exp\.7/, /^Exp\.8/, /^Weight rates/]) {
      await expect.element(screen.getByRole('heading', { name })).toBeInTheDocument();
    }
    await expect
      .element(screen.getByText(/The paper prints: swapped rates, CIFAR-10 test 92\.97 ± 0\.82/))
      .toBeVisible();
    const last = region(screen, /^Exp\.8/);
    await expect.element(last.getByRole('button', { name: 'Run missing' })).toBeInTheDocument();
  });

  test('shows arms as rows and seeds as cells, in words', async () => {
    const cut = await armRun('swapped', 1, { epochs: 12 });
    const store = await theStore();
    await store.importRuns([await armRun('swapped', 0)]);
    const head = without(without(cut, 'epochs'), 'digest');
    await store.createRun({ ...head, state: 'running' }, emptyCheckpoint(cut.uid));
    for (const record of cut.epochs) {
      await store.appendEpoch(cut.uid, record, emptyCheckpoint(cut.uid, record.epoch));
    }
    ship(await recordingsOf({ swapped: [await armRun('swapped', 2)] }));
    const { screen } = await openPage({ hash: HASH });
    await expect.element(seed(screen, 'swapped rates, seed 0: finished')).toBeInTheDocument();
    await expect
      .element(seed(screen, 'swapped rates, seed 1: cut off after epoch 12 of 50'))
      .toBeInTheDocument();
    await expect
      .element(seed(screen, 'swapped rates, seed 2: recorded, ships with the page'))
      .toBeInTheDocument();
    await expect.element(seed(screen, 'swapped rates, seed 3: missing')).toBeInTheDocument();
    await screen.getByRole('switch', { name: 'Count recorded runs' }).click();
    await expect.element(seed(screen, 'swapped rates, seed 2: missing')).toBeInTheDocument();
  });
});

function emptyCheckpoint(uid: string, epoch = 0) {
  return { uid, epoch, tensors: {}, scalars: {} };
}

describe('training', () => {
  test('one press trains what is not here yet and ends in a verdict on the visitor’s own runs', async () => {
    const [swapped] = await three('swapped');
    await stored(...(await three('baseline')), swapped!);
    // Recorded runs save none of them.
    ship(await recordingsOf({ swapped: await three('swapped') }));
    const { screen, app } = await openPage({ hash: HASH, manner: 'fast' });
    await expect
      .element(screen.getByText(/^2 runs, about 3 min on this machine/).first())
      .toBeVisible();
    await button(screen, 'Run baseline and Exp.5').click();
    await expect
      .element(screen.getByText('All six runs are here.'), { timeout: 30_000 })
      .toBeVisible();
    const outcomes = () => [...document.querySelectorAll<HTMLElement>('.quick [data-outcome]')];
    await expect
      .poll(() => outcomes().map(({ dataset }) => dataset.outcome))
      .toEqual(['seen', 'not seen', 'not seen']);
    const card = screen.getByRole('article', { name: /^OS\.4/ }).first();
    await expect.element(card).toHaveTextContent(/n = 3/);
    await expect.element(card).toHaveTextContent(/random walks hold it in 68\.1 % of seeds/);
    await expect.element(card).toHaveTextContent(/cells and magnitudes alone/);
    await expect.element(card).toHaveTextContent(/commit cce2de78357b/);
    const runs = (await (await theStore()).listRuns()).slice(-2);
    expect(runs.map(({ name, seed, state }) => [name, seed, state])).toEqual([
      ['swapped rates', 1, 'finished'],
      ['swapped rates', 2, 'finished'],
    ]);
    for (const { config } of runs) {
      expect(config).toEqual(configFor({ arm: 'swapped', scale: 'bench' }));
    }
    expect(app.experiments.queue.order).toBeNull();
  });

  test('pauses, resumes, and stops with what waits', async () => {
    ship(await recordingsOf({}));
    const { screen, app } = await openPage({ hash: HASH });
    // The practice trainer measures 90 s for a run of the baseline.
    await expect.element(screen.getByText(/^6 runs, about 9 min on this machine/)).toBeVisible();
    const section = region(screen, /^Exp\.4/);
    await section.getByRole('button', { name: 'Run missing' }).click();
    await expect
      .element(seed(screen, 'alpha rate .002, seed 0: waiting for its turn'))
      .toBeInTheDocument();
    await expect
      .element(seed(screen, /^alpha rate \.001, seed 0: in training, \d+ %$/))
      .toBeInTheDocument();
    await section.getByRole('button', { name: 'Pause' }).click();
    await expect
      .element(seed(screen, /^alpha rate \.001, seed 0: paused at \d+ %$/))
      .toBeInTheDocument();
    await section.getByRole('button', { name: 'Resume' }).click();
    await expect.poll(() => app.trainer.status.state).toBe('training');
    await section.getByRole('button', { name: 'Stop' }).click();
    await expect.element(section.getByRole('button', { name: 'Run missing' })).toBeEnabled();
    await expect
      .element(seed(screen, /^alpha rate \.001, seed 0: cut off after epoch/))
      .toBeInTheDocument();
    expect(app.experiments.queue.order).toBeNull();
  });

  test('goes on after a reload where it was cut off', async () => {
    const [one, two] = await three('swapped');
    await stored(...(await three('baseline')), one!, two!);
    ship(await recordingsOf({}));
    const first = await openPage({ hash: HASH });
    await button(first.screen, 'Run baseline and Exp.5').click();
    await expect.poll(() => first.app.library.runs.at(-1)?.epochCount).toBeGreaterThan(2);
    await expect.poll(() => first.app.library.runs.length).toBe(6);
    await closePage(first);

    const { screen } = await openPage({ hash: HASH, manner: 'fast' });
    await expect.element(screen.getByText(/Training was cut off with 1 run left/)).toBeVisible();
    await expect
      .element(seed(screen, /^swapped rates, seed 2: cut off after epoch \d+ of 50$/))
      .toBeInTheDocument();
    await screen.getByRole('button', { name: 'Resume', exact: true }).click();
    await expect
      .element(screen.getByText('All six runs are here.'), { timeout: 30_000 })
      .toBeVisible();
    const runs = await (await theStore()).listRuns();
    expect(runs.map(({ epochCount }) => epochCount)).toEqual(Array(6).fill(50));
    expect(screen.getByText(/Training was cut off/).query()).toBeNull();
  });

  test('can be tried again at once where the images could not be had', async () => {
    await caches.delete('alphascope-data');
    const { screen } = await openPage({
      hash: HASH,
      trainer: () =>
        new Worker(new URL('../../support/unreached-trainer.ts', import.meta.url), {
          type: 'module',
        }),
    });
    const run = button(screen, 'Run baseline and Exp.5');
    await expect
      .element(run)
      .toHaveAccessibleDescription(/^The time could not be measured: .* server cannot be reached/);
    await run.click();
    await expect
      .element(screen.getByRole('alert'))
      .toHaveTextContent('the server cannot be reached');
    await expect.element(run).toBeEnabled();
  });

  test('a trainer that dies leaves the rest to be resumed', async () => {
    ship(await recordingsOf({}));
    const { screen } = await openPage({ hash: HASH, manner: 'crash' });
    await button(screen, 'Run baseline and Exp.5').click();
    await expect.element(screen.getByRole('alert')).toHaveTextContent(/engine room is flooded/);
    await expect.element(screen.getByText(/Training was cut off with 6 runs left/)).toBeVisible();
    await button(screen, 'Leave it').click();
    await expect.poll(() => screen.getByText(/Training was cut off/).query()).toBeNull();
  });

  test('does not start beside a run of the playground', async () => {
    ship(await recordingsOf({}));
    const { screen, app } = await openPage({ hash: '#epochs=200' });
    await button(screen, 'Train').click();
    await expect.poll(() => app.trainer.status.state).toBe('training');
    await screen.getByRole('link', { name: 'Experiments', exact: true }).click();
    await expect.element(button(screen, 'Run baseline and Exp.5')).toBeDisabled();
    await expect
      .element(screen.getByText(/A run of the playground is in training/).first())
      .toBeVisible();
  });
});

describe('verdicts', () => {
  test('count recorded runs beside stored ones, and leave out a run with a change in mid-run', async () => {
    const [one, two, third] = await three('baseline');
    const toggled = await armRun('baseline', 3, { toggles: [{ fromEpoch: 9, swap: true }] });
    await stored(one!, toggled);
    ship(await recordingsOf({ baseline: [two!, third!] }));
    const { screen } = await openPage({ hash: HASH });
    const card = region(screen, /^Baseline/).getByRole('article', { name: /^baseline/ });
    await expect.element(card).toHaveAttribute('data-outcome', 'seen');
    await expect.element(card).toHaveTextContent(/n = 3.*Scale selected for it.*1 run left out/);
    await card.getByText('1 left out').click();
    await expect
      .element(card.getByRole('row', { name: /a setting was changed in mid-run/ }))
      .toBeVisible();
    await screen.getByRole('switch', { name: 'Count recorded runs' }).click();
    await expect.element(card).toHaveAttribute('data-outcome', 'too few seeds');
  });

  test('of all claims stand in a table, which is downloaded as LaTeX', async () => {
    await stored(...(await three('baseline')));
    ship(await recordingsOf({}));
    const { screen } = await openPage({ hash: HASH });
    await button(screen, 'Judge all claims').click();
    await expect
      .element(screen.getByRole('row', { name: /^baseline DARTS-V1 degrades.* seen 3 / }))
      .toBeVisible();
    const rows = region(screen, /^Table of all claims/).getByRole('row');
    const lines = CLAIM_IDS.length + 1;
    await expect.poll(() => rows.elements().length).toBe(lines);
    const file = await downloaded(() => button(screen, 'Download as LaTeX').click());
    const text = await file.text();
    expect(text).toMatch(/baseline & DARTS-V1 degrades.*& seen & 3 &/);
    expect(text.match(/\\\\$/gm)).toHaveLength(lines);
  });

  test('a recording that cannot be read is named, and the rest stands', async () => {
    await stored(...(await three('baseline')));
    const recordings = await recordingsOf({ swapped: await three('swapped') });
    ship({ ...recordings, 'swapped-bench.extract.gz': 'a page of the host' });
    const { screen } = await openPage({ hash: HASH });
    await expect
      .element(screen.getByRole('alert'))
      .toHaveTextContent(/swapped: .*is cut off in its header/);
    const card = region(screen, /^Baseline/).getByRole('article', { name: /^baseline/ });
    await expect.element(card).toHaveAttribute('data-outcome', 'seen');
  });
});

describe('a figure', () => {
  async function figure() {
    await stored(...(await three('baseline')));
    ship(await recordingsOf({}));
    const opened = await openPage({ hash: HASH });
    const chart = opened.screen.getByRole('figure', { name: 'Figure 2(a): Baseline' });
    const picture = chart.getByRole('img', { name: /over epochs since unfreezing/ });
    await expect.element(picture).toBeVisible();
    return { ...opened, chart, picture: picture.element() as unknown as SVGSVGElement };
  }
  const paths = (svg: Element) =>
    [...svg.querySelectorAll('path')].map((path) => path.getAttribute('d'));

  test('is exported as SVG as it is drawn, at paper width, styles written out', async () => {
    document.documentElement.dataset.theme = 'dark';
    const { chart, picture } = await figure();
    const file = await downloaded(() => chart.getByRole('button', { name: 'SVG' }).click());
    expect(file.name).toBe('alphascope-figure-2a.svg');
    const text = await file.text();
    const { documentElement: svg } = new DOMParser().parseFromString(text, 'image/svg+xml');
    expect(paths(svg)).toEqual(paths(picture));
    expect(paths(svg).length).toBeGreaterThan(20);
    expect(svg.getAttribute('width')).toBe('240pt');
    expect(svg.querySelector('title')!.textContent).toBe('Figure 2(a): Baseline');
    expect(svg.querySelector('desc')!.textContent).toMatch(
      /^In the mean of seeds 0-2 .*skip-connect ends with \.\d\d\.$/,
    );
    expect(text).not.toMatch(/class=|style=|var\(/);
    // Paper is white whatever the screen: dark ink, the light theme's skip-connect.
    const label = [...svg.querySelectorAll('text')].find((one) => one.textContent === 'skip')!;
    expect(label.getAttribute('fill')).toBe('rgb(176, 74, 0)');
    expect(svg.querySelector('.axis, line')!.getAttribute('stroke')).toBe('rgb(226, 222, 213)');
    // The drawn one keeps its looks.
    expect(picture.querySelector('text')!.getAttribute('class')).toMatch(/tick/);
  });

  test('carries its runs, recorded ones too, and brings them back to where it stood', async () => {
    const own = await three('baseline');
    const recorded = await three('swapped');
    await stored(...own);
    ship(await recordingsOf({ swapped: recorded }));
    const { app, screen } = await openPage({ hash: HASH });
    const chart = screen.getByRole('figure', { name: /^Figure 3\(b\)/ });
    await expect.element(chart.getByRole('img', { name: /over epochs/ })).toBeVisible();
    const file = await downloaded(() => chart.getByRole('button', { name: 'SVG' }).click());
    const { runs, view } = await readFigure(await file.text());
    expect(new Set(runs)).toEqual(new Set([...own, ...recorded]));
    expect(view).toEqual({ place: 'experiments', figure: '3(b)', scale: 'bench' });

    await app.library.remove(own.map(({ uid }) => uid));
    location.hash = '#/';
    await expect.poll(() => app.place).toBe('playground');
    await app.import([file]);
    await expect.poll(() => app.place).toBe('experiments');
    await expect.poll(() => document.activeElement?.id).toBe('experiment-exp5');
    expect(app.library.runs).toHaveLength(6);
    await expect.element(chart.getByRole('img', { name: /over epochs/ })).toBeVisible();
  });

  test.each(['the store', 'the list of recordings'])(
    'is drawn once from all that counts, however late %s is',
    async (late) => {
      await stored(...(await three('baseline')));
      const recordings = await recordingsOf({ swapped: await three('swapped') });
      let come = (): void => undefined;
      const coming = new Promise<void>((resolve) => (come = resolve));
      const list = new TransformStream<Uint8Array, Uint8Array>();
      ship(late === 'the store' ? recordings : { ...recordings, 'index.json': list.readable });
      const drawn = new Set<string>();
      const observer = new MutationObserver(() => {
        const summary = document.querySelector('#experiment-exp5 figure figcaption');
        if (summary !== null) drawn.add(summary.textContent);
      });
      observer.observe(document.body, { childList: true, subtree: true, characterData: true });

      const opening = openPage({ hash: HASH, ...(late === 'the store' && { storeAfter: coming }) });
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect([...drawn]).toEqual([]);
      come();
      const writer = list.writable.getWriter();
      void writer.write(new TextEncoder().encode(recordings['index.json'] as string));
      void writer.close();
      const { app, screen } = await opening;
      await expect
        .element(
          region(screen, /^Exp\.5/)
            .getByRole('figure')
            .first(),
        )
        .toBeInTheDocument();
      expect(app.experiments.pool).toHaveLength(6);
      observer.disconnect();
      expect(drawn.size).toBe(1);
    },
  );

  test('is exported as PNG of a column at 600 pixels an inch', async () => {
    const { chart } = await figure();
    const file = await downloaded(() => chart.getByRole('button', { name: 'PNG' }).click());
    const bitmap = await createImageBitmap(file);
    expect(bitmap.width).toBe(2000);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    expect([...data.slice(0, 4)]).toEqual([255, 255, 255, 255]);
    const skip = data.some(
      (_, at) => at % 4 === 0 && data[at] === 213 && data[at + 1] === 94 && data[at + 2] === 0,
    );
    expect(skip).toBe(true);
  });

  test('is exported as CSV with the numbers of its table', async () => {
    const { chart } = await figure();
    const file = await downloaded(() => chart.getByRole('button', { name: 'CSV' }).click());
    const lines = (await file.text()).trimEnd().split('\r\n');
    const last = lines.find((line) => line.startsWith('2(a),skip_connect,50,'))!.split(',');
    await chart.getByText('Numbers').click();
    const row = chart.getByRole('row', { name: /^50 / });
    await expect.element(row).toHaveTextContent(Number(last[4]).toFixed(4));
    await expect.element(row).toHaveTextContent(Number(last[5]).toFixed(4));
  });
});

describe('accessibility', () => {
  test('axe finds nothing in light and dark, wide and narrow', async () => {
    await stored(...(await three('baseline')), ...(await three('swapped')));
    ship(await recordingsOf({}));
    const { screen } = await openPage({ hash: HASH });
    await expect
      .element(screen.getByRole('figure', { name: 'Figure 3(d): Swapped rates' }))
      .toBeVisible();
    await button(screen, 'Judge all claims').click();
    await expect.element(button(screen, 'Download as LaTeX')).toBeVisible();
    await expectAccessible([
      ['light', 1440, 900],
      ['dark', 1024, 768],
      ['dark', 390, 844],
    ]);
  });
});
