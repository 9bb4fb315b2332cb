import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/chromium.mjs';
import { ROOT } from '../../scripts/ensure.mjs';
import { serve } from '../../scripts/serve.mjs';
import { storedRuns, type StoredRun } from './stored';

/** The built app, served and open in a real browser. */
export interface Site {
  readonly url: string;
  readonly browser: Browser;
  /** Ends the server; {@link Site.up} starts it again at the same address. */
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Against hanging, not for speed: what a page is awaited for, milliseconds. */
export const PAGE_PATIENCE = 60_000;

/** @param root folder of the build */
export async function openSite(root = path.join(ROOT, 'dist')): Promise<Site> {
  let server = await serve({ root });
  const { url, port } = server;
  const browser = await chromium.launch({
    executablePath: findChromium()!,
    args: CHROMIUM_FLAGS,
  });
  return {
    url,
    browser,
    down: () => server.close(),
    up: async () => {
      server = await serve({ root, port });
    },
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}

export interface Visit {
  readonly page: Page;
  /** What a visitor must never cause: refusals, errors, foreign requests. */
  readonly faults: string[];
}

/** Opens the app in a context; contexts share no storage. */
export async function visit(site: Site, context: BrowserContext, hash = ''): Promise<Visit> {
  const page = await context.newPage();
  page.setDefaultTimeout(PAGE_PATIENCE);
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(site.url) && !/^(data|blob):/.test(url)) faults.push(`request: ${url}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
  const reportRefusals = () =>
    addEventListener('securitypolicyviolation', (event) => {
      const { violatedDirective, blockedURI } = event as SecurityPolicyViolationEvent;
      console.error(`policy: ${violatedDirective} refused ${blockedURI}`);
    });
  await page.addInitScript(reportRefusals);
  // What a worker is refused is told in the worker alone. One that ends at once has nothing to tell.
  page.on('worker', (worker) => void worker.evaluate(reportRefusals).catch(() => undefined));
  await page.goto(site.url + hash);
  return { page, faults };
}

export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** What *Export JSON* downloads. */
export async function exported(page: Page): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    button(page, 'Export JSON').click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^alphascope-.*\.json$/);
  return readFile(await download.path(), 'utf8');
}

/** Waits until a run has an epoch behind it and more to come. */
export async function trains(page: Page): Promise<void> {
  const status = '[data-state="training"]:not([data-epoch="0"])';
  await page.locator(status).waitFor({ timeout: 200_000 });
}

/** Epochs that the run status shows. */
export async function epochOf(page: Page): Promise<number> {
  return Number(await page.locator('[data-state]').first().getAttribute('data-epoch'));
}

/** Lets a run train until so many epochs are done, and stops it. */
export async function trainUntil(page: Page, epochs: number): Promise<StoredRun> {
  await expect.poll(() => epochOf(page), { timeout: 120_000 }).toBeGreaterThanOrEqual(epochs);
  await button(page, 'Stop').click();
  await reaches(page, 'idle');
  return (await storedRuns(page))[0]!;
}

/**
 * Waits until the run status says so. It looks every half second, so that an epoch shorter than
 * that may pass unseen: wait for one that stays.
 */
export async function reaches(page: Page, state: string, epoch?: number): Promise<void> {
  const epochs = epoch === undefined ? '' : `[data-epoch="${epoch}"]`;
  await page.locator(`[data-state="${state}"]${epochs}`).waitFor({ timeout: 120_000 });
}
