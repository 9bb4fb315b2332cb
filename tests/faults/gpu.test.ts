import { afterAll, beforeAll, expect, test } from 'vitest';
import { button, openSite, reaches, trains, visit, type Site } from './visitor';

/* A real crash of the browser's GPU process while a run trains on WebGPU. */

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site.close());

/** Pipelines are compiled twice, in software: for the first device and for the one after the crash. */
const PATIENCE = 400_000;
/** So many that the crash comes in mid-run: an epoch takes a few tenths of a second once compiled. */
const EPOCHS = 60;

test(
  'a lost GPU is told in words, and the run goes on from its checkpoint',
  { timeout: PATIENCE },
  async () => {
    const context = await site.browser.newContext();
    const { page } = await visit(
      site,
      context,
      `#scale=c2-n1-r8-i32-b16&epochs=${EPOCHS}&seeds=0&backend=webgpu`,
    );
    await button(page, 'Train').click();
    await trains(page);
    const session = await site.browser.newBrowserCDPSession();
    // The answer may die with the process.
    void session.send('Browser.crashGpuProcess').catch(() => undefined);
    await reaches(page, 'error');
    await page
      .getByText(/The GPU was lost/)
      .first()
      .waitFor();
    await button(page, 'Resume').click();
    await reaches(page, 'finished', EPOCHS);
    const run = await page.evaluate(async () => {
      const request = indexedDB.open('alphascope');
      const database = await new Promise<IDBDatabase>((resolve) => {
        request.onsuccess = () => resolve(request.result);
      });
      const all = database.transaction('runs').objectStore('runs').getAll();
      return new Promise<{ events: { kind: string }[]; epochCount: number }>((resolve) => {
        all.onsuccess = () => resolve((all.result as never[])[0]!);
      });
    });
    expect(run.epochCount).toBe(EPOCHS);
    expect(run.events.map(({ kind }) => kind)).toEqual([
      'started',
      'device-lost',
      'resumed',
      'finished',
    ]);
    await context.close();
  },
);
