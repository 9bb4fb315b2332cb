import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../scripts/ensure.mjs';
import { writeServiceWorker } from '../../scripts/offline.mjs';
import { button, openSite, reaches, trains, visit, type Site } from './visitor';

/* The app without a network, and a new version of it under a run. */

/** A copy of the build, which a test may change. */
let dist: string;
let site: Site;

beforeAll(async () => {
  dist = mkdtempSync(path.join(tmpdir(), 'alphascope-'));
  // Without the images of 32x32, which are large.
  cpSync(path.join(ROOT, 'dist'), dist, {
    recursive: true,
    filter: (from) => !from.includes('r32'),
  });
  site = await openSite(dist);
});

afterAll(async () => {
  await site.close();
  rmSync(dist, { recursive: true });
});

async function firstVisit(context: BrowserContext, hash = '') {
  const visitor = await visit(site, context, hash);
  await visitor.page.getByText('this page now works offline').waitFor({ timeout: 200_000 });
  return visitor;
}

/** Puts another version where the first one was. */
async function deploy(description: string): Promise<void> {
  const page = path.join(dist, 'index.html');
  const html = readFileSync(page, 'utf8');
  writeFileSync(page, html.replace(/(name="description"[^>]*content=")[^"]*/, `$1${description}`));
  await writeServiceWorker(ROOT, dist);
}

const versionOf = (page: Page) =>
  page.locator('meta[name="description"]').getAttribute('content', { timeout: 30_000 });

const lookForVersion = (page: Page) =>
  page.evaluate(async () => {
    await (await navigator.serviceWorker.ready).update();
  });

test('can be installed', async () => {
  const context = await site.browser.newContext();
  const { page } = await visit(site, context);
  const session = await context.newCDPSession(page);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // A private window, as a test has, never installs anything.
  expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito']);
  const { errors, data } = await session.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  const { icons } = JSON.parse(data!) as { icons: { src: string }[] };
  for (const { src } of icons) {
    expect((await page.request.get(new URL(src, site.url).href)).status()).toBe(200);
  }
  await context.close();
});

test('after one visit everything works without a network', async () => {
  const context = await site.browser.newContext();
  const before = await firstVisit(context);
  // What played before there was anything to keep it is kept, and what is shown from now on.
  const kept = (of: Page, words: RegExp) => of.getByRole('status').filter({ hasText: words });
  await kept(before.page, /1 of \d+ recordings are kept/).waitFor();
  await before.page.getByLabel('Play', { exact: true }).selectOption('swapped-bench.json.gz');
  await kept(before.page, /2 of \d+ recordings are kept/).waitFor();
  expect(before.faults).toEqual([]);
  await before.page.close();

  await context.setOffline(true);
  await site.down();
  const { page, faults } = await visit(site, context, '#scale=tiny&epochs=1&seeds=0&backend=wasm');
  // A recording plays by itself; another is chosen, which was shown before.
  await page
    .getByText(/baseline, scale bench/i)
    .first()
    .waitFor();
  const recorded = page.getByLabel('Recorded runs to compare with');
  await recorded.selectOption('swapped-bench.json.gz');
  await button(page, 'Add to runs').click();
  await page.getByText('Imported 5 runs.').waitFor();
  await button(page, 'Train').click();
  await reaches(page, 'finished', 1);
  for (const place of ['experiments', 'results', 'stop-rules', 'cell', 'softmax', 'bench']) {
    await page.goto(`${site.url}#/${place}`);
    await page.locator('main h2').first().waitFor();
  }
  // Lessons live on extracts, which are kept of all.
  await page.goto(`${site.url}#/lesson/7`);
  await page.getByText(/seeds 0-4 · epoch [1-9]\d* of 500/).waitFor();
  expect(faults).toEqual([]);
  // What was never shown is told to be missing, and why.
  await page.goto(`${site.url}#/runs`);
  await recorded.selectOption('l2-.01-bench.json.gz');
  await button(page, 'Add to runs').click();
  await page.getByText('l2-.01-bench.json.gz is not kept in this browser').waitFor();

  await site.up();
  await context.setOffline(false);
  await page
    .getByRole('button', { name: /^Keep all recordings for offline use \(\d+ MB\)$/ })
    .click();
  await kept(page, /All \d+ recordings are kept for offline use/).waitFor({ timeout: 120_000 });
  await button(page, 'Add to runs').click();
  await page.getByText('Imported 5 runs.').waitFor();
  await context.close();
});

test('a new version waits for the visitor and for the run', async () => {
  const context = await site.browser.newContext();
  const hash = '#scale=c4-n1-r8-i1024-b16&epochs=2000&seeds=0&backend=wasm';
  const { page, faults } = await firstVisit(context, hash);
  const other = await visit(site, context);
  const first = await versionOf(page);
  await button(page, 'Train').click();
  await trains(page);

  await deploy('the second version');
  await lookForVersion(page);
  const notice = (of: Page) => of.getByRole('status', { name: 'Version' });
  const load = (of: Page) => button(of, 'Load new version');
  await notice(page).getByText('A run is in training. The new version waits').waitFor();
  expect(await load(page).isDisabled()).toBe(true);
  await notice(other.page).getByText('training in another tab').waitFor();
  expect(await load(other.page).isDisabled()).toBe(true);

  // Whatever is pressed meanwhile, the run goes on and the version stays.
  const epoch = async () =>
    Number(await page.locator('[data-epoch]').first().getAttribute('data-epoch'));
  const reached = await epoch();
  await expect.poll(epoch).toBeGreaterThan(reached);
  expect(await versionOf(page)).toBe(first);
  await button(page, 'Stop').click();
  await reaches(page, 'idle');

  await load(page).click();
  await expect.poll(() => versionOf(page).catch(() => first)).toBe('the second version');
  expect(await versionOf(other.page)).toBe(first);
  await notice(other.page).getByText('in force in another tab').waitFor();
  // The old version still finds its parts, which the server has no more.
  await other.page.goto(`${site.url}#/softmax`);
  await other.page.locator('main h2').first().waitFor();
  await load(other.page).click();
  await expect.poll(() => versionOf(other.page).catch(() => first)).toBe('the second version');
  expect([...faults, ...other.faults]).toEqual([]);
  await context.close();
});
