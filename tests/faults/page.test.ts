import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { button, openSite, reaches, visit, type Site } from './visitor';

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site.close());

const open = async () => visit(site, await site.browser.newContext());

/** Loads a page anew. @returns what moved meanwhile, and how far: every layout shift that the browser counts */
async function jumps(page: Page, hash: string): Promise<string[]> {
  await page.addInitScript(() => {
    const seen = globalThis as unknown as { jumps: string[] };
    seen.jumps = [];
    const place = ({ x, y }: DOMRect) => `${Math.round(x)}, ${Math.round(y)}`;
    new PerformanceObserver((list) => {
      // Not in TypeScript's library.
      for (const entry of list.getEntries() as LayoutShift[]) {
        for (const { node, previousRect, currentRect } of entry.sources) {
          const what = node instanceof Element ? node.outerHTML.slice(0, 80) : node?.textContent;
          seen.jumps.push(`${what}: ${place(previousRect)} -> ${place(currentRect)}`);
        }
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto('about:blank');
  await page.goto(site.url + hash);
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(3000);
  return page.evaluate(() => (globalThis as unknown as { jumps: string[] }).jumps);
}

interface LayoutShift extends PerformanceEntry {
  readonly sources: readonly {
    readonly node: Node | null;
    readonly previousRect: DOMRect;
    readonly currentRect: DOMRect;
  }[];
}

describe('the built page', () => {
  test('opens under its policy without a refusal, an error or a foreign request', async () => {
    const { page, faults } = await open();
    await page.getByRole('button', { name: 'Train', exact: true }).waitFor();
    await page.waitForLoadState('networkidle');
    expect(faults).toEqual([]);
    await page.close();
  });

  test('is held to the policy: what it forbids is refused', async () => {
    const { page, faults } = await open();
    await page.evaluate(() => {
      document.body.insertAdjacentHTML(
        'beforeend',
        '<p id="red" style="color: rgb(255, 0, 0)">x</p>',
      );
    });
    const color = await page.evaluate(
      () => getComputedStyle(document.getElementById('red')!).color,
    );
    expect(color).not.toBe('rgb(255, 0, 0)');
    await expect.poll(() => faults.join()).toContain('policy: style-src');
    const planted = await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.planted = true';
      document.body.append(script);
      return 'planted' in globalThis;
    });
    expect(planted).toBe(false);
    await expect(
      page.evaluate(() => fetch('https://example.com/').then(() => 'sent')),
    ).rejects.toThrow();
    await expect.poll(() => faults.join()).toContain('policy: connect-src');
    await page.close();
  });

  test('and so is its worker, whose refusals a test would see', async () => {
    const { page, faults } = await visit(
      site,
      await site.browser.newContext({ serviceWorkers: 'block' }),
      '#scale=c4-n1-r8-i64-b16&epochs=1&seeds=0&backend=wasm',
    );
    await button(page, 'Train').click();
    await reaches(page, 'finished', 1);
    expect(faults).toEqual([]);
    // Those that read files have ended; the trainer stays.
    await expect.poll(() => page.workers().length).toBe(1);
    const sent = await page.workers()[0]!.evaluate(() =>
      fetch('https://example.com/').then(
        () => 'sent',
        () => 'refused',
      ),
    );
    expect(sent).toBe('refused');
    await expect.poll(() => faults.join()).toMatch(/connect-src/);
    await page.close();
  });

  test('measures in a worker whose parts come when they are needed', async () => {
    const { page, faults } = await visit(
      site,
      await site.browser.newContext(),
      '#/bench?backend=wasm&scale=c2-n1-r8-i16-b4',
    );
    await page.getByRole('button', { name: 'Run benchmark', exact: true }).click();
    await page
      .getByRole('row', { name: /^Ours, eager/ })
      .first()
      .waitFor({ timeout: 120_000 });
    expect(faults).toEqual([]);
    await page.close();
  });

  test('says which chart is missing whose code does not come, and draws the others', async () => {
    const context = await site.browser.newContext({ serviceWorkers: 'block' });
    await context.route('**/assets/AlphaHeatmap*.js', (route) => route.abort());
    const { page, faults } = await visit(site, context);
    await page.getByText('This chart could not be loaded.', { exact: false }).waitFor();
    await page.getByRole('heading', { name: 'Softmax(alpha) over time', exact: true }).waitFor();
    await page.getByRole('heading', { name: 'Gradient', exact: false }).first().waitFor();
    // The browser's own word for what was refused here, and nothing of ours.
    expect(faults.filter((fault) => !fault.includes('net::ERR_FAILED'))).toEqual([]);
    await context.close();
  });

  test('has accuracies on the first visit, of the table that ships with it', async () => {
    const { page, faults } = await visit(site, await site.browser.newContext(), '');
    const table = page.getByLabel('Accuracy table', { exact: true });
    await table.waitFor();
    expect(await table.locator('option:checked').textContent()).toContain(
      'trained here at scale bench',
    );
    await page.getByText(/skip-connect on every edge reaches \d+\.\d+ %/).waitFor();
    // It ships with the page, so there is nothing to remove.
    expect(await page.getByRole('button', { name: /^Remove table/ }).count()).toBe(0);
    await page.getByRole('link', { name: 'Experiments', exact: true }).click();
    await page.getByText('3 of 3 here', { exact: true }).click();
    const second = page.getByRole('group', { name: 'NAS-Bench-1Shot1, space 2' });
    expect(await second.getByLabel('Accuracy table').textContent()).toContain('at scale bench');
    // In figure 4 accuracy takes the place of counts.
    await page.getByRole('link', { name: 'Exp.8', exact: true }).click();
    const figure = page.getByRole('figure', { name: /^Figure 4\(e\)/ });
    await figure
      .getByText(/accuracy/i)
      .first()
      .waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  test.each([
    ['', 1440, 900],
    ['', 1024, 768],
    ['', 390, 844],
    ['#/lesson/2', 1440, 900],
    ['#/lesson/2', 390, 844],
    ['#/experiments', 1440, 900],
    ['#/results', 390, 844],
    ['#/stop-rules', 390, 844],
    ['#/bench', 390, 844],
    ['#/cell', 390, 844],
  ])('nothing moves while %j loads at %i x %i', async (hash, width, height) => {
    const context = await site.browser.newContext({ viewport: { width, height } });
    const { page } = await visit(site, context);
    expect(await jumps(page, hash)).toEqual([]);
    await context.close();
  });

  test.each([
    [1440, 900],
    [390, 844],
  ])('nothing moves for a visitor who has runs, at %i x %i', async (width, height) => {
    const context = await site.browser.newContext({ viewport: { width, height } });
    const { page } = await visit(site, context);
    await page.getByLabel('Trace files').setInputFiles('public/recordings/baseline-bench.json.gz');
    await button(page, 'Play trajectory').waitFor();
    await page.getByText(/^Imported/).waitFor();
    expect(await jumps(page, '')).toEqual([]);
    await context.close();
  });
});
