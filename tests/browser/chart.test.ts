import '../../src/view/style/base.css';
import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { deriveGenotype } from '../../src/paper/genotype';
import { operationMagnitude, softmaxRows } from '../../src/paper/magnitude';
import { OPERATIONS } from '../../src/paper/operation';
import AlphaHeatmap from '../../src/view/chart/AlphaHeatmap.svelte';
import AlphaSteps from '../../src/view/chart/AlphaSteps.svelte';
import AlphaOverTime from '../../src/view/chart/AlphaOverTime.svelte';
import CellGraph from '../../src/view/chart/CellGraph.svelte';
import DerivedCell from '../../src/view/chart/DerivedCell.svelte';
import LineChart from '../../src/view/chart/LineChart.svelte';
import MagnitudeChart from '../../src/view/chart/MagnitudeChart.svelte';
import PhaseBand from '../../src/view/chart/PhaseBand.svelte';
import Timeline from '../../src/view/chart/Timeline.svelte';
import { contrast, luminance, STYLE } from '../../src/view/chart/palette';
import { LOSS, QUANTITIES } from '../../src/view/chart/quantity';
import { layoutCell } from '../../src/view/chart/ribbon';
import { edgeSummary, share } from '../../src/view/chart/summary';
import { regime, trajectory } from '../support/trajectory';

const seeds = [0, 1, 2].map((seed) => trajectory({ seed, toggles: [{ fromEpoch: 6, l2: 0.005 }] }));
const baseline = regime('Baseline', seeds);
const swapped = regime('Swapped rates', [
  trajectory({ seed: 7, alpha: (epoch, _, op) => (op === 'nor_conv_3x3' ? epoch / 8 : 0) }),
]);
const last = seeds[0]!.epochs[11]!.alpha;

beforeEach(async () => {
  await page.viewport(900, 700);
});

afterEach(() => {
  delete document.documentElement.dataset.theme;
});

async function accessibilityProblems(include: Element[]): Promise<string[]> {
  const { violations } = await axe.run(include, {
    rules: { region: { enabled: false } },
    resultTypes: ['violations'],
    preload: false,
  });
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

function overlaps(boxes: readonly DOMRect[]): string[] {
  return boxes.flatMap((a, index) =>
    boxes.slice(index + 1).flatMap((b) => {
      // One pixel of tolerance: a text's box has room above and below its letters.
      const apart =
        a.right <= b.left || b.right <= a.left || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
      return apart ? [] : [`${a.left},${a.top} and ${b.left},${b.top}`];
    }),
  );
}

describe('CellGraph', () => {
  test('names every edge with its shares, and the cell as a whole', async () => {
    const screen = await render(CellGraph, { alpha: last, ops: OPERATIONS });
    await expect.element(screen.getByRole('img')).toHaveAccessibleName(/Skip-connect on/);
    const strengths = softmaxRows(last);
    for (const [edge, row] of strengths.entries()) {
      const name = edgeSummary(edge, row, OPERATIONS);
      await expect.element(screen.getByRole('button', { name })).toBeVisible();
    }
  });

  test('a ribbon is as wide as softmax(alpha), in a fixed order from the top', async () => {
    const screen = await render(CellGraph, { alpha: last, ops: OPERATIONS });
    await expect.element(screen.getByRole('img')).toBeVisible();
    const canvas = screen.container.querySelector('canvas')!;
    // Down through the middle of the first edge, from the canvas's own pixels.
    const bundle = layoutCell(canvas.clientWidth).edges[0]!.middle;
    const ratio = canvas.width / canvas.clientWidth;
    const top = Math.round((bundle.y - bundle.width / 2) * ratio) - 2;
    const length = Math.round(bundle.width * ratio) + 4;
    const column = () => {
      const { data } = canvas
        .getContext('2d')!
        .getImageData(Math.round(bundle.x * ratio), top, 1, length);
      return Array.from({ length }, (_, i) => [...data.subarray(4 * i, 4 * i + 4)].join());
    };
    await expect.poll(() => new Set(column()).size).toBeGreaterThan(5);
    const pixels = column();
    const row = softmaxRows(last)[0]!;
    let from = 2;
    for (const [at, operation] of OPERATIONS.entries()) {
      const width = row[at]! * bundle.width * ratio;
      // Whole pixels only: those at a border are mixed.
      const inside = pixels.slice(Math.ceil(from) + 1, Math.floor(from + width) - 1);
      if (width > 4) expect(new Set(inside).size, operation).toBe(1);
      from += width;
    }
    const widest = row.indexOf(Math.max(...row));
    const colours = new Map<string, number>();
    for (const pixel of pixels) colours.set(pixel, (colours.get(pixel) ?? 0) + 1);
    const most = Math.max(...colours.values());
    expect(Math.abs(most - row[widest]! * bundle.width * ratio)).toBeLessThanOrEqual(2);
  });

  test('the ribbons follow when the page becomes dark', async () => {
    const screen = await render(CellGraph, { alpha: last, ops: OPERATIONS });
    await expect.element(screen.getByRole('img')).toBeVisible();
    const canvas = screen.container.querySelector('canvas')!;
    const picture = () => canvas.toDataURL();
    await expect.poll(picture).not.toBe('data:,');
    document.documentElement.dataset.theme = 'light';
    await expect.poll(() => getComputedStyle(document.documentElement).colorScheme).toBe('light');
    await screen.rerender({ alpha: last });
    const light = picture();
    document.documentElement.dataset.theme = 'dark';
    await expect.poll(picture).not.toBe(light);
    delete document.documentElement.dataset.theme;
  });

  test('the keyboard reaches every edge and opens its values', async () => {
    const screen = await render(CellGraph, { alpha: last, ops: OPERATIONS });
    await expect.element(screen.getByRole('img')).toBeVisible();
    for (const [edge, row] of softmaxRows(last).entries()) {
      await userEvent.tab();
      const name = edgeSummary(edge, row, OPERATIONS);
      await expect.element(screen.getByRole('button', { name })).toHaveFocus();
      for (const value of row) {
        expect(screen.container.querySelector('.readout')!.textContent).toContain(value.toFixed(3));
      }
    }
  });

  test.each([300, 520, 860])('labels do not overlap at %i pixels', async (width) => {
    await page.viewport(width, 600);
    const screen = await render(CellGraph, { alpha: last, ops: OPERATIONS });
    await expect.element(screen.getByRole('img')).toBeVisible();
    const buttons = [...screen.container.querySelectorAll('button')];
    expect(buttons).toHaveLength(6);
    expect(overlaps(buttons.map((button) => button.getBoundingClientRect()))).toEqual([]);
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
  });

  test('before training no operation is named as the winner', async () => {
    const alpha = last.map((row) => row.map(() => 0));
    const screen = await render(CellGraph, { alpha, ops: OPERATIONS });
    await expect.poll(() => screen.container.querySelectorAll('button').length).toBe(6);
    for (const button of screen.container.querySelectorAll('button')) {
      expect(button.textContent).toContain('level');
    }
  });
});

test('DerivedCell draws and names one operation per edge', async () => {
  const genotype = deriveGenotype(last, OPERATIONS);
  const screen = await render(DerivedCell, { genotype });
  await expect.element(screen.getByRole('img')).toHaveAccessibleName(/^The derived cell\. Skip/);
  expect(screen.container.querySelectorAll('path')).toHaveLength(6);
});

describe('MagnitudeChart', () => {
  test('says what it shows, with n, and puts the numbers in a table', async () => {
    const screen = await render(MagnitudeChart, { series: [baseline], epoch: 12 });
    await expect.element(screen.getByText(/^Skip-connect has the largest magnitude/)).toBeVisible();
    await expect.element(screen.getByText(/^n = 3 · mean/)).toBeVisible();
    expect(screen.container.querySelector('table')).toBeNull();
    await screen.getByText('Numbers').click();
    const row = screen.getByRole('row', { name: /^12 3 / });
    const skips = seeds.map((run) => operationMagnitude(run.epochs[11]!.alpha)[1]!);
    const mean = skips.reduce((sum, value) => sum + value, 0) / 3;
    await expect.element(row).toHaveTextContent(mean.toFixed(4));
    await screen.getByText('Phases').click();
    await expect.element(screen.getByRole('row', { name: /^2 .* 12 skip$/ })).toBeVisible();
  });

  test.each([
    [300, 'one regime'],
    [900, 'one regime'],
    [300, 'two regimes'],
    [900, 'two regimes'],
  ])('the labels at the lines’ ends do not overlap: %i pixels, %s', async (width, which) => {
    await page.viewport(width, 700);
    const series = which === 'one regime' ? [baseline] : [baseline, swapped];
    const screen = await render(MagnitudeChart, { series, epoch: 8 });
    await expect.element(screen.getByRole('img')).toBeVisible();
    const labels = [...screen.container.querySelectorAll('text.label')];
    expect(labels).toHaveLength(5 * series.length);
    expect(overlaps(labels.map((label) => label.getBoundingClientRect()))).toEqual([]);
    const box = screen.container.querySelector('.plot')!.getBoundingClientRect();
    for (const label of labels) {
      expect(label.getBoundingClientRect().right).toBeLessThanOrEqual(box.right + 1);
    }
  });

  test('pressing and dragging seeks', async () => {
    const onseek = vi.fn();
    const screen = await render(MagnitudeChart, { series: [baseline], epoch: 3, onseek });
    const plot = screen.container.querySelector<HTMLElement>('.plot')!;
    await expect.element(screen.getByRole('img')).toBeVisible();
    await userEvent.click(plot, { position: { x: plot.clientWidth - 60, y: 80 } });
    await userEvent.click(plot, { position: { x: 38, y: 80 } });
    expect(onseek.mock.calls[0]![0]).toBeGreaterThan(8);
    expect(onseek.mock.lastCall).toEqual([0]);
  });

  test('only the cursor moves with the clock', async () => {
    const screen = await render(MagnitudeChart, { series: [baseline], epoch: 2 });
    await expect.element(screen.getByRole('img')).toBeVisible();
    const lines = [...screen.container.querySelectorAll('path')];
    const before = lines.map((path) => path.getAttribute('d'));
    const cursor = screen.container.querySelector<SVGElement>('.cursor')!;
    const place = cursor.getBoundingClientRect().left;
    await screen.rerender({ series: [baseline], epoch: 6.5 });
    expect(cursor.getBoundingClientRect().left).toBeGreaterThan(place + 50);
    expect([...screen.container.querySelectorAll('path')]).toEqual(lines);
    expect(lines.map((path) => path.getAttribute('d'))).toEqual(before);
  });

  test('marks the warm-up and says when nothing is recorded', async () => {
    const warm = regime('Warm-up', [trajectory({ warmup: 6 })]);
    const screen = await render(MagnitudeChart, { series: [warm], epoch: 9 });
    await expect.element(screen.getByText('alpha frozen')).toBeVisible();
    await screen.rerender({ series: [regime('x', [trajectory({ recorded: 0 })])], epoch: 0 });
    await expect.element(screen.getByText('No epoch recorded yet.')).toBeVisible();
  });
});

test('LineChart tells and draws both halves', async () => {
  const screen = await render(LineChart, { quantity: LOSS, series: [baseline], epoch: 12 });
  await expect.element(screen.getByText(/^Epoch 12: weights half 1\.31, alpha half/)).toBeVisible();
  // What is drawn between the axes has a task of its own.
  const labels = () =>
    [...screen.container.querySelectorAll('text.label')].map((label) => label.textContent);
  await expect.poll(labels).toEqual(['weights', 'alpha']);
});

test('a long table is paged, and every row can be reached', async () => {
  const long = regime('long', [trajectory({ total: 230 })]);
  const screen = await render(LineChart, { quantity: LOSS, series: [long], epoch: 1 });
  await screen.getByText('Numbers').click();
  await expect.element(screen.getByText('Rows 1–100 of 230')).toBeVisible();
  await screen.getByRole('button', { name: 'Later rows' }).click();
  await screen.getByRole('button', { name: 'Later rows' }).click();
  await expect.element(screen.getByText('Rows 201–230 of 230')).toBeVisible();
  await expect.element(screen.getByRole('button', { name: 'Later rows' })).toBeDisabled();
  await expect.element(screen.getByRole('row', { name: /^230 / })).toBeInTheDocument();
});

test('AlphaHeatmap shows the given numbers and marks the largest of each edge', async () => {
  const screen = await render(AlphaHeatmap, { alpha: last, ops: OPERATIONS, max: 0.9 });
  const cells = [...screen.container.querySelectorAll('td')];
  expect(cells.map((cell) => cell.textContent)).toEqual(softmaxRows(last).flat().map(share));
  expect(screen.container.querySelectorAll('td.leads')).toHaveLength(6);
});

test('AlphaOverTime paints every recorded epoch and nothing after', async () => {
  const half = trajectory({ recorded: 6 });
  const screen = await render(AlphaOverTime, { trajectories: [half], epoch: 6 });
  await expect.element(screen.getByRole('img')).toHaveAccessibleName(/epochs 1 to 12$/);
  const canvas = screen.container.querySelector('canvas')!;
  const context = canvas.getContext('2d')!;
  const alphaOf = (x: number) =>
    context.getImageData(Math.round(x * canvas.width), 2, 1, 1).data[3];
  expect(alphaOf(0.02)).toBe(255);
  expect(alphaOf(0.48)).toBe(255);
  expect(alphaOf(0.52)).toBe(0);
});

describe('Timeline', () => {
  const props = { epoch: 4, total: 12, playing: false, trajectories: seeds };

  test('the slider seeks by keyboard, and the space bar plays', async () => {
    const onseek = vi.fn();
    const onplay = vi.fn();
    const screen = await render(Timeline, { ...props, onseek, onplay });
    const slider = screen.getByRole('slider', { name: 'Timeline epoch' });
    await expect.element(slider).toHaveValue('4');
    await expect
      .element(slider)
      .toHaveAttribute('aria-valuetext', expect.stringMatching(/^epoch 4 of 12\. Epoch 4: /));
    slider.element().focus();
    await userEvent.keyboard('{ArrowRight}');
    expect(onseek).toHaveBeenLastCalledWith(5);
    await userEvent.keyboard('{End}');
    expect(onseek).toHaveBeenLastCalledWith(12);
    await userEvent.keyboard('{Home}');
    expect(onseek).toHaveBeenLastCalledWith(0);
    await userEvent.keyboard(' ');
    expect(onplay).toHaveBeenLastCalledWith(true);
  });

  test('one button plays and pauses', async () => {
    const onplay = vi.fn();
    const screen = await render(Timeline, { ...props, onseek: vi.fn(), onplay });
    await screen.getByRole('button', { name: 'Play trajectory' }).click();
    expect(onplay).toHaveBeenLastCalledWith(true);
    await screen.rerender({ playing: true });
    await screen.getByRole('button', { name: 'Pause trajectory' }).click();
    expect(onplay).toHaveBeenLastCalledWith(false);
  });

  test.each([390, 900])(
    'the cursor stands where the slider’s thumb is: %i pixels',
    async (width) => {
      await page.viewport(width, 500);
      const onseek = vi.fn();
      const screen = await render(Timeline, { ...props, onseek, onplay: vi.fn() });
      const input = screen.container.querySelector('input')!;
      const todo = screen.container.querySelector('rect.todo')!.getBoundingClientRect();
      const at = todo.left + (todo.width * 9) / 12 - input.getBoundingClientRect().left;
      await userEvent.click(input, { position: { x: at, y: 20 } });
      expect(onseek).toHaveBeenLastCalledWith(9);
      await screen.rerender({ epoch: 9 });
      const cursor = screen.container.querySelector('.line .cursor')!.getBoundingClientRect();
      expect(cursor.left).toBeCloseTo(todo.left + (todo.width * 9) / 12, 0);
      expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
    },
  );
});

test('PhaseBand has a row per seed, coloured by the leader, and names the toggle', async () => {
  const screen = await render(PhaseBand, { trajectories: seeds, epoch: 12, total: 12 });
  await expect
    .element(screen.getByRole('img'))
    .toHaveAccessibleName(/Epoch 12: skip-connect leads in 3 of 3 seeds/);
  await expect.element(screen.getByText('L2 .005')).toBeVisible();
  const phases = [...screen.container.querySelectorAll<SVGRectElement>('rect.phase')];
  expect(new Set(phases.map((phase) => phase.dataset.leader))).toContain('skip_connect');
  const rows = new Set(phases.map((phase) => phase.getAttribute('y')));
  expect(rows.size).toBe(3);
});

describe.each(['light', 'dark'])('in the %s theme', (theme) => {
  beforeEach(() => {
    document.documentElement.dataset.theme = theme;
  });

  test('operations can be told from the surfaces they are on', () => {
    const probe = document.body.appendChild(document.createElement('i'));
    const light = (token: string): number => {
      probe.style.color = token;
      const [r, g, b] = getComputedStyle(probe)
        .color.match(/[\d.]+/g)!
        .map(Number);
      return luminance(r!, g!, b!);
    };
    for (const operation of OPERATIONS) {
      const { fill, ink, on } = STYLE[operation];
      for (const surface of ['var(--paper)', 'var(--sunken)', 'var(--raised)']) {
        expect(contrast(light(ink), light(surface)), `${ink} on ${surface}`).toBeGreaterThan(4.5);
        expect(contrast(light(fill), light(surface)), `${fill} on ${surface}`).toBeGreaterThan(2);
      }
      expect(contrast(light(on), light(fill)), `${on} on ${fill}`).toBeGreaterThan(4.5);
    }
    for (const surface of ['var(--paper)', 'var(--sunken)', 'var(--raised)', 'var(--wash)']) {
      expect(contrast(light('var(--ink-soft)'), light(surface)), surface).toBeGreaterThan(4.5);
    }
    probe.remove();
  });

  test('no chart breaks a rule of axe-core', async () => {
    const alpha = last;
    const ops = OPERATIONS;
    const rendered = [
      await render(CellGraph, { alpha, ops }),
      await render(DerivedCell, { genotype: deriveGenotype(alpha, ops) }),
      await render(MagnitudeChart, { series: [baseline, swapped], epoch: 8 }),
      await render(AlphaHeatmap, { alpha, ops, max: 0.8 }),
      await render(AlphaOverTime, { trajectories: seeds, epoch: 8 }),
      await render(AlphaSteps, { series: [baseline, swapped], epoch: 8 }),
      await render(Timeline, {
        epoch: 8,
        total: 12,
        playing: false,
        trajectories: seeds,
        onseek: vi.fn(),
        onplay: vi.fn(),
      }),
    ];
    for (const quantity of QUANTITIES) {
      rendered.push(await render(LineChart, { quantity, series: [baseline], epoch: 8 }));
    }
    for (const details of document.querySelectorAll('details')) details.open = true;
    await expect.poll(() => document.querySelectorAll('table caption').length).toBe(9);
    const charts = rendered.map(({ container }) => container);
    expect(await accessibilityProblems(charts)).toEqual([]);
  });
});
