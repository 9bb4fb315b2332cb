import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/chromium.mjs';
import { readTrace } from '../../src/trace/read';
import { kindsOf, storedRuns } from './stored';
import { button, exported, openSite, reaches, trains, visit, type Site } from './visitor';

/* Storage that is full, refused, held by an old tab, or taken over by a newer version. */

let site: Site;
let context: BrowserContext;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site.close());

const ENDLESS = '#scale=c2-n1-r8-i64-b16&epochs=2000&seeds=0&backend=wasm';

/** A page of the app's origin that leaves the store alone. */
async function bystander(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${site.url}schema/alphascope-trace-1.json`);
  return page;
}

/** Writes until nothing more goes in. @returns the number of values written */
function fill(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const request = indexedDB.open('filler', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('filler');
    const database = await new Promise<IDBDatabase>((resolve) => {
      request.onsuccess = () => resolve(request.result);
    });
    let written = 0;
    for (let size = 2 ** 22; size >= 2 ** 8;) {
      const tx = database.transaction('filler', 'readwrite');
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size; at += 65536)
        crypto.getRandomValues(bytes.subarray(at, at + 65536));
      tx.objectStore('filler').put(bytes, written);
      const went = await new Promise<boolean>((resolve) => {
        tx.oncomplete = () => resolve(true);
        tx.onabort = () => resolve(false);
      });
      if (went) written += 1;
      else size /= 2;
    }
    database.close();
    return written;
  });
}

test('a full disk costs the oldest checkpoint, then makes training wait; room lets it go on', async () => {
  context = await site.browser.newContext();
  const page = await bystander();
  const cdp = await context.newCDPSession(page);
  const { origin } = new URL(site.url);
  await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 20_000_000 });
  const { page: app } = await visit(site, context, ENDLESS.replace('seeds=0', 'seeds=1'));
  await button(app, 'Train').click();
  await trains(app);
  await button(app, 'Stop').click();
  await reaches(app, 'idle');
  const [older] = await storedRuns(page);
  expect(older!.checkpoint).toBe(older!.epochs.length);

  await app.goto(site.url + ENDLESS);
  await button(app, 'Train').click();
  await trains(app);
  const told = app
    .getByText(/Storage is full\. To make room, .*, seed 1 can no longer be continued/)
    .waitFor({ timeout: 60_000 });
  expect(await fill(page)).toBeGreaterThan(0);
  await told;
  await app.getByText('Training waits for room').waitFor();
  await reaches(app, 'paused');
  const [thinned, full] = await storedRuns(page);
  expect(thinned).toEqual({ ...older, checkpoint: null });
  expect(full!.checkpoint).toBe(full!.epochs.length);

  await cdp.send('Storage.overrideQuotaForOrigin', { origin });
  await button(app, 'Resume').click();
  await trains(app);
  await expect
    .poll(async () => (await storedRuns(page))[1]!.epochs.length)
    .toBeGreaterThan(full!.epochs.length);
  expect(await app.getByText('Training waits for room').count()).toBe(0);
  await button(app, 'Stop').click();
  await reaches(app, 'idle');
  const [, run] = await storedRuns(page);
  expect(run!.epochs.slice(0, full!.epochs.length)).toEqual(full!.epochs);
  expect(run!.epochs.map(({ epoch }) => epoch)).toEqual(run!.epochs.map((_, at) => at + 1));
  expect(kindsOf(run!)).toEqual(['started', 'paused', 'resumed', 'stopped']);
  await context.close();
});

test('where the browser keeps nothing, training runs, says so, and can be exported', async () => {
  const profile = await mkdtemp(path.join(tmpdir(), 'alphascope-'));
  await mkdir(path.join(profile, 'Default'));
  // "Block all cookies", which takes IndexedDB, caches and locks along.
  const preferences = { profile: { default_content_setting_values: { cookies: 2 } } };
  await writeFile(path.join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
  const blocked = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium()!,
    args: CHROMIUM_FLAGS,
  });
  const { page } = await visit(
    site,
    blocked,
    '#scale=c2-n1-r8-i64-b16&epochs=3&seeds=0&backend=wasm',
  );
  await page.getByRole('alert').getByText('Runs cannot be kept in this browser').waitFor();
  await button(page, 'Train').click();
  await reaches(page, 'finished', 3);
  const { runs } = await readTrace(await exported(page));
  expect(runs.map(({ state, epochs }) => [state, epochs.length])).toEqual([['finished', 3]]);
  await blocked.close();
  await rm(profile, { recursive: true });
});

test('an old tab that holds the store is named, and the page goes on when it is closed', async () => {
  context = await site.browser.newContext();
  const old = await bystander();
  // The database as its first version made it, held by a page that hears of no newer one.
  await old.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const request = indexedDB.open('alphascope', 1);
        request.onupgradeneeded = () => {
          const { result } = request;
          result
            .createObjectStore('runs', { keyPath: 'uid' })
            .createIndex('createdAt', 'createdAt');
          result.createObjectStore('epochs');
          result.createObjectStore('checkpoints', { keyPath: 'uid' });
          result.createObjectStore('meta').put('kept', 'note');
        };
        request.onsuccess = () => {
          Object.assign(globalThis, { held: request.result });
          resolve();
        };
      }),
  );
  const { page } = await visit(site, context);
  const notice = page.getByRole('alert').getByText('Another tab holds the runs');
  await notice.waitFor();
  await old.close();
  await notice.waitFor({ state: 'detached' });
  await page.getByText(/No runs yet/).waitFor();
  await context.close();
});

test('an update under a run ends it in words, keeps its epochs, and leaves them to be read', async () => {
  context = await site.browser.newContext();
  const { page } = await visit(site, context, ENDLESS);
  await button(page, 'Train').click();
  await trains(page);
  const newer = await bystander();
  await newer.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const request = indexedDB.open('alphascope', 99);
        request.onupgradeneeded = () => request.result.createObjectStore('novelties');
        request.onsuccess = () => {
          request.result.close();
          resolve();
        };
      }),
  );
  await page
    .getByRole('alert')
    .getByText('A newer version of Alphascope is open in another tab')
    .waitFor();
  await reaches(page, 'error');
  const [run] = await storedRuns(newer);
  expect(run!.epochs.length).toBeGreaterThan(0);
  expect(run!.checkpoint).toBe(run!.epochs.length);

  await page.reload();
  await page
    .getByRole('alert')
    .getByText('These runs were kept by a newer version of Alphascope')
    .waitFor();
  const { runs } = await readTrace(await exported(page));
  expect(runs[0]!.epochs).toEqual(run!.epochs);
  await context.close();
});

test('a loss that is no number ends the run at its step, with the last good checkpoint offered', async () => {
  context = await site.browser.newContext();
  const { page } = await visit(
    site,
    context,
    '#scale=c2-n1-r8-i64-b16&warmup=2&epochs=4&l2=1e300&seeds=0&backend=wasm',
  );
  await button(page, 'Train').click();
  await page
    .getByRole('alert')
    .getByText(/Training gave NaN for .* after step [12] of epoch 3/)
    .waitFor({ timeout: 60_000 });
  await page
    .getByText(/was ended by a problem after epoch 2 of 6, from whose checkpoint/)
    .waitFor();
  const [run] = await storedRuns(page);
  expect(run!.checkpoint).toBe(2);
  expect(run!.epochs).toHaveLength(2);
  expect(kindsOf(run!)).toEqual(['started', 'error']);
  await context.close();
});
