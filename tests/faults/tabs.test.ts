import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/chromium.mjs';
import { openRawBrowser } from './raw-browser';
import {
  computedBy,
  kindsOf,
  readRuns,
  storedCellEpochs,
  storedRuns,
  type StoredRun,
} from './stored';
import { button, epochOf, openSite, trains, trainUntil, visit, type Site } from './visitor';

/* A browser that is killed, a tab that is frozen, and two tabs. */

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site.close());

/** It does not end by itself before the test has seen what it waits for. */
const HASH = '#scale=c2-n1-r8-i64-b16&epochs=2000&seeds=0&backend=wasm';

let undisturbed: StoredRun | null = null;

/** Compares every number with those of a run that nothing has happened to. */
async function expectUndisturbed(run: StoredRun): Promise<void> {
  const { length } = run.epochs;
  if (undisturbed === null || undisturbed.epochs.length < length) {
    const context = await site.browser.newContext();
    const { page } = await visit(site, context, HASH);
    await button(page, 'Train').click();
    await trains(page);
    undisturbed = await trainUntil(page, length);
    await context.close();
  }
  expect(computedBy(run)).toEqual(computedBy(undisturbed).slice(0, length));
}

test('a browser that is killed in mid-run has kept every epoch that it showed', async () => {
  const profile = await mkdtemp(path.join(tmpdir(), 'alphascope-'));
  const launch = (): Promise<BrowserContext> =>
    chromium.launchPersistentContext(profile, {
      executablePath: findChromium()!,
      args: CHROMIUM_FLAGS,
    });
  const first = await launch();
  const { page } = await visit(site, first, HASH);
  await button(page, 'Train').click();
  await trains(page);
  const cdp = await first.browser()!.newBrowserCDPSession();
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
  const shown = await epochOf(page);
  const gone = first.waitForEvent('close');
  process.kill(processInfo.find(({ type }) => type === 'browser')!.id, 'SIGKILL');
  await gone;

  const second = await launch();
  const again = await visit(site, second);
  await again.page.getByText(/was cut off after epoch \d+ of 2000/).waitFor();
  const [cut] = await storedRuns(again.page);
  expect(cut!.epochs.length).toBeGreaterThanOrEqual(shown);
  expect(cut!.checkpoint).toBe(cut!.epochs.length);
  await button(again.page, 'Resume').click();
  await trains(again.page);
  const run = await trainUntil(again.page, cut!.epochs.length + 3);
  expect(kindsOf(run)).toEqual(['started', 'interrupted', 'resumed', 'stopped']);
  await second.close();
  await rm(profile, { recursive: true });
  await expectUndisturbed(run);
});

test('a tab that is frozen and thawed goes on, and the trace has the gap', async () => {
  const browser = await openRawBrowser();
  const tab = await browser.open(site.url + HASH);
  const says = (expression: string) => tab.evaluate<string | undefined>(expression);
  const named = (name: string) =>
    `[...document.querySelectorAll('button')].find((one) => one.textContent === '${name}')`;
  await expect.poll(() => says(`String(${named('Train')})`)).toMatch(/Button/);
  await tab.evaluate(`${named('Train')}.click()`);
  const epoch = `document.querySelector('[data-state="training"]')?.dataset.epoch`;
  await expect.poll(() => says(epoch), { timeout: 60_000 }).toMatch(/^\d\d/);

  const other = await browser.open('about:blank');
  await expect.poll(() => says('document.visibilityState')).toBe('hidden');
  // The command is answered when the browser has passed it on, not when the tab stands still.
  await tab.evaluate(`document.addEventListener('freeze', () => (globalThis.frozen = 'yes'))`);
  await tab.send('Page.setWebLifecycleState', { state: 'frozen' });
  await expect.poll(() => says('globalThis.frozen'), { timeout: 60_000 }).toBe('yes');
  const before = await says(epoch);
  await other.evaluate('new Promise((resolve) => setTimeout(resolve, 7000))');
  expect(await says(epoch)).toBe(before);
  await tab.send('Page.setWebLifecycleState', { state: 'active' });
  await tab.activate();
  const messages = `document.querySelector('[aria-label="Messages"]').textContent`;
  await expect.poll(() => says(messages)).toMatch(/Training goes on: nothing ran for \d+ s/);
  await expect.poll(async () => Number(await says(epoch))).toBeGreaterThan(Number(before));
  await tab.evaluate(`${named('Stop')}.click()`);
  const state = `document.querySelector('[data-state]').dataset.state`;
  await expect.poll(() => says(state)).toBe('idle');

  const [run] = await tab.evaluate<StoredRun[]>(`(${readRuns.toString()})()`);
  await browser.close();
  expect(kindsOf(run!)).toEqual(['started', 'interrupted', 'stopped']);
  const [, gap] = /nothing ran for (\d+) s/.exec(run!.head.events[1]!.detail)!;
  expect(Number(gap)).toBeGreaterThan(5);
  await expectUndisturbed(run!);
});

test('a second tab watches, takes over, and is offered what a killed tab leaves', async () => {
  const context = await site.browser.newContext();
  const { page: first } = await visit(site, context, HASH);
  await button(first, 'Train').click();
  await trains(first);
  const { page: second } = await visit(site, context);
  const elsewhere = second.getByRole('group', { name: 'In another tab' });
  await elsewhere.getByText(/seed 0, is in training in another tab: epoch \d+ of 2000/).waitFor();
  const epoch = async () =>
    Number(/epoch (\d+) of/.exec((await elsewhere.textContent()) ?? '')?.[1]);
  const seen = await epoch();
  await expect.poll(epoch).toBeGreaterThan(seen);

  await button(second, 'Take over').click();
  await first.getByText('Another tab has taken the run over').waitFor();
  await trains(second);
  await first
    .getByRole('group', { name: 'In another tab' })
    .getByText(/in another tab: epoch/)
    .waitFor();
  expect(await button(first, 'Resume').count()).toBe(0);

  // The tab dies with its worker; its lock is free then.
  const cdp = await context.newCDPSession(second);
  void cdp.send('Page.crash').catch(() => undefined);
  const offer = first.getByText(/was cut off after epoch \d+ of 2000/);
  await offer.waitFor();
  const cut = Number(/epoch (\d+)/.exec((await offer.textContent()) ?? '')?.[1]);
  await button(first, 'Resume').click();
  await trains(first);
  const run = await trainUntil(first, cut + 3);
  await context.close();
  const twice = ['interrupted', 'resumed', 'interrupted', 'resumed'];
  expect(kindsOf(run)).toEqual(['started', ...twice, 'stopped']);
  await expectUndisturbed(run);
});

test('cells in training go on in another tab, which watches and takes over', async () => {
  const context = await site.browser.newContext();
  const hash = '#/cell?scale=tiny&schedule=benchmark&seeds=0&backend=wasm';
  const { page: first } = await visit(site, context, hash);
  await button(first, 'Train').click();
  const { page: second } = await visit(site, context, '#/cell');
  const elsewhere = second.getByRole('group', { name: 'In another tab' });
  await elsewhere.getByText(/1 cell left, seed 0 of the first after [1-9]\d* epochs?/).waitFor({
    timeout: 60_000,
  });
  const begun = await storedCellEpochs(second);
  await button(second, 'Take over').click();
  await first.getByText('Another tab has taken the cells over').waitFor();
  await second.locator('[data-state="training"]').waitFor();
  await first.getByRole('group', { name: 'In another tab' }).waitFor();
  // Not begun anew: what was finished in the first tab stays.
  await expect
    .poll(async () => (await storedCellEpochs(second)).length)
    .toBeGreaterThan(begun.length);
  expect((await storedCellEpochs(second)).slice(0, begun.length)).toEqual(begun);

  // What a killed tab leaves is offered to the other.
  const cdp = await context.newCDPSession(second);
  void cdp.send('Page.crash').catch(() => undefined);
  await first.getByText('Training was cut off with 1 cell left.').waitFor();
  const cut = await storedCellEpochs(first);
  await button(first, 'Resume').click();
  await expect.poll(async () => (await storedCellEpochs(first)).length).toBeGreaterThan(cut.length);
  expect((await storedCellEpochs(first)).slice(0, cut.length)).toEqual(cut);
  await context.close();
});
