import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kindsOf, storedRuns } from './stored';
import { button, openSite, reaches, trains, visit, type Site } from './visitor';

/* What may happen to the GPU under a run on WebGPU, done to the browser's real GPU process. */

let site: Site;
let cdp: CDPSession;

beforeAll(async () => {
  site = await openSite();
  cdp = await site.browser.newBrowserCDPSession();
});

afterAll(() => site.close());

/** So many that the fault comes in mid-run: an epoch takes a few tenths of a second once compiled. */
const EPOCHS = 40;
/** Two operations, which are soon compiled. */
const HASH = `#scale=c2-n1-r8-i32-b16&ops=none,skip_connect&epochs=${EPOCHS}&seeds=0&backend=webgpu`;

async function gpuProcess(): Promise<number> {
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
  return processInfo.find(({ type }) => type === 'GPU')!.id;
}

/** Clicks without waiting for a frame: a page whose GPU process hangs draws none. */
async function press(page: Page, name: string): Promise<void> {
  await button(page, name).evaluate((element: HTMLElement) => element.click());
}

const quiet = (page: Page) =>
  page.evaluate(() => document.querySelector('[data-quiet]')?.textContent);

test('a lost GPU is told in words and started again, and the run goes on from its checkpoint', async () => {
  const context = await site.browser.newContext();
  const { page } = await visit(site, context, HASH);
  await button(page, 'Train').click();
  await trains(page);
  // The answer may die with the process.
  void cdp.send('Browser.crashGpuProcess').catch(() => undefined);
  await page
    .getByText(/The GPU was lost.*It is started again/)
    .first()
    .waitFor();
  await reaches(page, 'finished', EPOCHS);
  const [run] = await storedRuns(page);
  expect(run!.epochs).toHaveLength(EPOCHS);
  expect(kindsOf(run!)).toEqual(['started', 'device-lost', 'resumed', 'finished']);
  const [, lost, resumed] = run!.head.events.map(({ at }) => Date.parse(at));
  console.log(`the GPU was back ${resumed! - lost!} ms after its loss`);
  expect(resumed! - lost!).toBeLessThan(10_000);
  await context.close();
});

test('a GPU that hangs is told in words; the run goes on once it answers, or elsewhere', async () => {
  const context = await site.browser.newContext();
  const { page } = await visit(site, context, HASH);
  await button(page, 'Train').click();
  await trains(page);
  const pid = await gpuProcess();
  process.kill(pid, 'SIGSTOP');
  try {
    await expect.poll(() => quiet(page), { timeout: 60_000 }).toMatch(/The GPU may hang/);
    const [before] = await storedRuns(page);
    process.kill(pid, 'SIGCONT');
    await expect.poll(() => quiet(page), { timeout: 60_000 }).toBeUndefined();
    await trains(page);

    process.kill(pid, 'SIGSTOP');
    await expect.poll(() => quiet(page), { timeout: 60_000 }).toMatch(/The GPU may hang/);
    await press(page, 'Go on with wasm');
    await expect
      .poll(async () => (await storedRuns(page))[0]?.head.state, { timeout: 60_000 })
      .toBe('finished');
    const [run] = await storedRuns(page);
    expect(run!.epochs).toHaveLength(EPOCHS);
    // What had been acknowledged is as it was.
    expect(run!.epochs.slice(0, before!.epochs.length)).toEqual(before!.epochs);
    expect(run!.head.events.find(({ kind }) => kind === 'resumed')!.detail).toMatch(
      /on wasm, after webgpu: numbers may differ/,
    );
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await context.close();
});
