import { afterEach, describe, expect, test, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { syntheticBench } from '../../support/synthetic-bench';
import { downloaded } from './files';
import { expectAccessible, openPage, usePage } from './page';

/* The page that measures. Its practice trainer invents the numbers; the real one has its own test. */

usePage();
afterEach(() => {
  vi.restoreAllMocks();
  delete document.documentElement.dataset.theme;
});

type Screen = Awaited<ReturnType<typeof openPage>>['screen'];
const button = (screen: Screen, name: string) => screen.getByRole('button', { name, exact: true });
const WEBGPU = '#/bench?backend=webgpu&scale=small';

async function measured(hash = WEBGPU) {
  const opened = await openPage({ hash });
  await button(opened.screen, 'Run benchmark').click();
  await expect.element(opened.screen.getByText(/20 times as fast as stock/)).toBeVisible();
  return opened;
}

describe('the way to the benchmark', () => {
  test('is the last entry of the navigation; the page takes the focus and a title', async () => {
    const { screen, app } = await openPage();
    const pages = screen.getByRole('navigation', { name: 'Pages' }).getByRole('link');
    expect(pages.elements().map(({ textContent }) => textContent)).toEqual([
      'Playground',
      'Lessons',
      'Runs',
      'Experiments',
      'Results',
      'Stop rules',
      'Cells',
      'Softmax inertia',
      'Amended gradient',
      'Class',
      'Benchmark',
    ]);
    await screen.getByRole('link', { name: 'Benchmark', exact: true }).click();
    await expect.element(screen.getByRole('region', { name: 'Benchmark' })).toHaveFocus();
    await expect
      .element(screen.getByRole('link', { name: 'Benchmark', exact: true }))
      .toHaveAttribute('aria-current', 'page');
    await expect.element(screen.getByRole('heading', { name: 'Benchmark' })).toBeVisible();
    expect(document.title).toBe('Benchmark · Alphascope');

    const order: string[] = [];
    for (let i = 0; i < 3; i++) {
      await userEvent.tab();
      const focused = document.activeElement as HTMLSelectElement;
      order.push(focused.labels[0]?.textContent ?? focused.textContent);
    }
    expect(order).toEqual(['Backend', 'Scale', 'Run benchmark']);

    // The keys that drive the playground's clock do nothing where it cannot be seen.
    app.clock.pause();
    const { position } = app.clock;
    (document.activeElement as HTMLElement).blur();
    await userEvent.keyboard('{Home}');
    expect(app.clock.position).toBe(position);

    await screen.getByRole('link', { name: 'Playground', exact: true }).click();
    await expect.element(button(screen, 'Train')).toBeVisible();
    expect(document.title).toBe('Alphascope');
  });

  test('may name backend and scale, and leaves the regime alone', async () => {
    const { screen, app } = await openPage({
      hash: '#/bench?backend=webgpu&scale=c4-n2-r8-i64-b16',
    });
    await expect.element(screen.getByRole('combobox', { name: 'Backend' })).toHaveValue('webgpu');
    await expect.element(screen.getByRole('combobox', { name: 'Scale' })).toHaveValue('custom');
    for (const [name, value] of [
      ['Channels', '4'],
      ['Cells per stage', '2'],
      ['Resolution', '8'],
      ['Batch', '16'],
    ] as const) {
      await expect.element(screen.getByRole('textbox', { name, exact: true })).toHaveValue(value);
    }
    expect(app.form.scale).toBe('tiny');
  });
});

describe('a benchmark', () => {
  test('shows no number before it has run, but what it will measure and for how long', async () => {
    const { screen } = await openPage({ hash: '#/bench' });
    await expect.element(screen.getByText(/half a minute/)).toBeVisible();
    await expect.element(screen.getByText(/milliseconds of JavaScript per step/)).toBeVisible();
    expect(screen.getByRole('table').query()).toBeNull();
    expect(screen.getByRole('img', { name: /Milliseconds/ }).query()).toBeNull();
  });

  test('tells its progress, then ratios, bars, a table and the circumstances', async () => {
    const { screen } = await openPage({ hash: WEBGPU });
    await button(screen, 'Run benchmark').click();
    await expect.element(screen.getByText('Ours, captured: warming up')).toBeVisible();
    await expect
      .element(screen.getByText(/A step takes 9.20 ms here, 20 times as fast as stock/))
      .toBeVisible();
    await expect.element(screen.getByText(/4.0 times as fast as our kernels/)).toBeVisible();
    await expect
      .element(screen.getByRole('img', { name: /Stock TensorFlow.js 184 ms, .* captured 9.20 ms/ }))
      .toBeVisible();
    await expect
      .element(
        screen.getByRole('row', { name: 'Stock TensorFlow.js 184 161 4,074 96 MB 210 MB 214' }),
      )
      .toBeVisible();
    await expect.element(screen.getByText(/WebGPU · an invented adapter/)).toBeVisible();
    await expect.element(screen.getByText(/WGSL kernels; self-test passed/)).toBeVisible();
    await expect.element(screen.getByText('0.0.0+test')).toBeVisible();
  });

  test('on wasm has no dispatches to show', async () => {
    const { screen } = await openPage({ hash: '#/bench?backend=wasm' });
    await button(screen, 'Run benchmark').click();
    const heads = screen.getByRole('columnheader');
    await expect.poll(() => heads.elements().length).toBe(5);
    expect(screen.getByText(/dispatches/).query()).toBeNull();
  });

  test('is downloaded as the document of the command line', async () => {
    const { screen } = await measured();
    const file = await downloaded(() => button(screen, 'Download JSON').click());
    expect(file.name).toBe('alphascope-bench-webgpu-small-20260314-150926.json');
    expect(JSON.parse(await file.text())).toEqual(syntheticBench('webgpu', 'small', 7));
  });

  test('is copied as a table, or says that it cannot be', async () => {
    const { screen } = await measured();
    const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValueOnce(undefined);
    await button(screen, 'Copy as Markdown').click();
    await expect.element(screen.getByText('Table copied as Markdown.')).toBeVisible();
    expect(write.mock.calls[0]![0]).toMatch(/^\| way \| ms per step \|[^]*an invented adapter/);
    write.mockRejectedValueOnce(new DOMException('no', 'NotAllowedError'));
    await button(screen, 'Copy as Markdown').click();
    await expect.element(screen.getByText(/does not lend its clipboard/)).toBeVisible();
  });

  test('is stopped at once, and can be run again', async () => {
    const { screen, app } = await openPage({ hash: WEBGPU, manner: 'bench-waits' });
    await button(screen, 'Run benchmark').click();
    await expect.element(screen.getByText('Round 1 of 7')).toBeVisible();
    await button(screen, 'Stop').click();
    await expect.element(screen.getByText('Stopped; nothing was measured.')).toBeVisible();
    await button(screen, 'Run benchmark').click();
    await expect.element(screen.getByText('Round 1 of 7')).toBeVisible();
    expect(screen.getByText(/nothing was measured/).query()).toBeNull();
    expect(app.bench.report).toBeNull();
  });

  test('that does not fit says so', async () => {
    const { screen } = await openPage({ hash: WEBGPU, manner: 'bench-fails' });
    await button(screen, 'Run benchmark').click();
    await expect
      .element(screen.getByRole('alert'))
      .toHaveTextContent('It needs 9 GB of memory. A smaller scale needs less memory.');
    expect(screen.getByRole('table').query()).toBeNull();
  });

  test('of an impossible size does not start', async () => {
    const { screen, app } = await openPage({ hash: '#/bench' });
    await screen.getByRole('combobox', { name: 'Scale' }).selectOptions('custom');
    const channels = screen.getByRole('textbox', { name: 'Channels', exact: true });
    await expect.element(channels).toHaveValue('8');
    await channels.fill('99');
    await expect.element(screen.getByText(/must be 1 to 64, not 99/)).toBeVisible();
    await expect.element(channels).toHaveAttribute('aria-invalid', 'true');
    await expect.element(button(screen, 'Run benchmark')).toBeDisabled();
    await channels.fill('x');
    await expect.element(screen.getByText('It must be a whole number.')).toBeVisible();
    await channels.fill('16');
    await expect.element(button(screen, 'Run benchmark')).toBeEnabled();
    expect(app.bench.report).toBeNull();
  });
});

describe('measuring and training', () => {
  test('no benchmark starts while a run trains, and the page says why', async () => {
    const { screen } = await openPage({ hash: '#epochs=200' });
    await button(screen, 'Train').click();
    await expect.element(button(screen, 'Pause')).toBeEnabled();
    await screen.getByRole('link', { name: 'Benchmark', exact: true }).click();
    await expect
      .element(screen.getByText(/A run is in training. Both would be slow/))
      .toBeVisible();
    await expect.element(button(screen, 'Run benchmark')).toBeDisabled();
    await screen.getByRole('link', { name: 'Playground', exact: true }).click();
    await button(screen, 'Stop').click();
    await expect.element(button(screen, 'Train')).toBeVisible();
    await screen.getByRole('link', { name: 'Benchmark', exact: true }).click();
    await expect.element(button(screen, 'Run benchmark')).toBeEnabled();
  });

  test('no run starts beside a benchmark, and nothing is estimated meanwhile', async () => {
    const { screen, app } = await openPage({ hash: WEBGPU, manner: 'bench-waits' });
    await button(screen, 'Run benchmark').click();
    await expect.element(screen.getByText('Round 1 of 7')).toBeVisible();
    await screen.getByRole('link', { name: 'Playground', exact: true }).click();
    await screen.getByRole('textbox', { name: 'Epochs', exact: true }).fill('3');
    await button(screen, 'Train').click();
    await expect
      .element(screen.getByRole('alert'))
      .toHaveTextContent(/A benchmark is running.*Stop it or wait/);
    expect(app.trainer.status.state).toBe('idle');
    await new Promise((done) => setTimeout(done, 900));
    expect(app.trainer.cost.kind).toBe('measuring');
    app.bench.stop();
    await expect.element(screen.getByText(/About .* for 1 seed/)).toBeVisible();
  });
});

describe('the engine', () => {
  test('says whose kernels compute and that they were tested', async () => {
    const { screen } = await openPage();
    await expect
      .element(screen.getByText(/Runs on wasm with this app’s SIMD kernels; they passed/))
      .toBeVisible();
    await expect
      .element(screen.getByText('wasm · SIMD'))
      .toHaveAttribute('title', expect.stringMatching(/SIMD kernels; they passed their self-test/));
    expect(screen.getByRole('alert').query()).toBeNull();
  });

  test('a GPU that computes wrong numbers is told without being asked', async () => {
    const { screen } = await openPage({ manner: 'wrong-gpu' });
    await expect
      .element(screen.getByRole('alert'))
      .toHaveTextContent(/The GPU is not used: it computed wrong numbers.*off by 0\.5/);
  });

  test('cells computed twice are told with the memory', async () => {
    const { screen } = await openPage({ hash: '#scale=medium' });
    await expect
      .element(screen.getByText(/140 MB/))
      .toHaveTextContent(/Cells are computed twice, so that a step fits/);
  });
});

describe('accessibility', () => {
  test('axe finds nothing in light and dark, wide and narrow', async () => {
    const { screen, app } = await measured();
    app.bench.chooseScale('custom');
    app.bench.size.batch = '1';
    await expect.element(screen.getByText(/must be 2 to 512/)).toBeVisible();
    await expectAccessible([
      ['light', 1440, 900],
      ['dark', 1024, 768],
      ['light', 390, 844],
      ['dark', 390, 844],
    ]);
  });
});
