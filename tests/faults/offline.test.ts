import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../scripts/ensure.mjs';
import { writeServiceWorker } from '../../scripts/offline.mjs';
import { serve } from '../../scripts/serve.mjs';
import { button, openSite, reaches, trains, visit, type Site } from './visitor';

/* The app without a network, and a new version of it under a run. */

/** A copy of the build, which a test may change. */
let dist: string;
let site: Site;

beforeAll(async () => {
  dist = mkdtempSync(path.join(tmpdir(), 'alphascope-'));
  const data = path.join(ROOT, 'dist', 'data');
  cpSync(path.join(ROOT, 'dist'), dist, { recursive: true, filter: (from) => from !== data });
  symlinkSync(data, path.join(dist, 'data'), 'dir');
  site = await openSite(dist);
});

afterAll(async () => {
  await site.close();
  rmSync(dist, { recursive: true });
});

async function firstVisit(context: BrowserContext, hash = '') {
  const visitor = await visit(site, context, hash);
  await visitor.page.getByText('this page now works offline').waitFor({ timeout: 60_000 });
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
  expect(before.faults).toEqual([]);
  await before.page.close();

  await context.setOffline(true);
  await site.close();
  const browser = site.browser;
  const { page, faults } = await reopen(context, '#scale=tiny&epochs=1&seeds=0&backend=wasm');
  // The recordings: one by itself, another by choice.
  await page.getByText(/Recorded run/).first().waitFor();
  expect(browser.isConnected()).toBe(true);
  await button(page, 'Train').click();
  await reaches(page, 'finished', 1);
  await page.getByLabel('Recorded runs to compare with').selectOption({ index: 1 });
  await button(page, 'Add to runs').click();
  await page.getByText(/Imported \d runs/).waitFor();
  for (const place of ['experiments', 'stop-rules', 'cell', 'softmax', 'bench']) {
    await page.goto(`${site.url}#/${place}`);
    await page.locator('main h2').first().waitFor();
  }
  expect(faults).toEqual([]);
  await context.close();
});
