import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTrace } from '../../src/trace/read';
import { button, exported, openSite, reaches, trains, visit, type Site } from './visitor';

/* A newcomer's whole way through the built app, on real CIFAR-10. */

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site.close());

test('trains two epochs, is reloaded, resumes, exports, imports and compares', async () => {
  const context = await site.browser.newContext({ acceptDownloads: true });
  const hash = '#scale=tiny&epochs=2&seeds=0&backend=wasm';
  const { page, faults } = await visit(site, context, hash);
  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(globalThis, { tasks });
    new PerformanceObserver((list) => {
      tasks.push(...list.getEntries().map(({ duration }) => duration));
    }).observe({ type: 'longtask' });
  });
  const pressed = Date.now();
  await button(page, 'Train').click();
  await page.locator('[data-state="training"]').waitFor();
  await page
    .getByText(/epoch 1 of 2/)
    .first()
    .waitFor();
  const firstStep = (Date.now() - pressed) / 1000;
  await trains(page);
  const longest = Math.max(0, ...(await page.evaluate<number[]>('tasks')));
  console.log(
    `first step ${firstStep.toFixed(1)} s after Train; longest task of the page while training ${longest.toFixed(0)} ms`,
  );
  expect(firstStep).toBeLessThan(20);

  await page.reload();
  await page.getByText(/was cut off after epoch 1 of 2/).waitFor();
  await button(page, 'Resume').click();
  await reaches(page, 'finished', 2);
  const text = await exported(page);
  const { runs } = await readTrace(text);
  expect(runs).toHaveLength(1);
  expect(runs[0]!.epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
  expect(runs[0]!.events.map(({ kind }) => kind)).toEqual([
    'started',
    'interrupted',
    'resumed',
    'finished',
  ]);
  expect(faults).toEqual([]);
  await context.close();

  // Elsewhere: the file brings the run along, and going out again it is the same file.
  const elsewhere = await site.browser.newContext({ acceptDownloads: true });
  const second = await visit(site, elsewhere);
  const file = { name: 'trace.json', mimeType: 'application/json', buffer: Buffer.from(text) };
  await second.page.getByLabel('Trace files').setInputFiles(file);
  await second.page
    .getByText(/imported/i)
    .first()
    .waitFor();
  expect(await exported(second.page)).toBe(text);

  // A second import changes nothing; an edited file is refused with the reason.
  await second.page.getByLabel('Trace files').setInputFiles(file);
  await second.page
    .getByText(/already/i)
    .first()
    .waitFor();
  const forged = text.replace(/"lossTrain":\d/, '"lossTrain":9');
  await second.page.getByLabel('Trace files').setInputFiles({
    ...file,
    buffer: Buffer.from(forged),
  });
  await second.page
    .getByRole('alert')
    .filter({ hasText: /digest/i })
    .waitFor();

  // The same seed again gives the same numbers, to the bit.
  await second.page.goto(`${site.url}${hash}`);
  await second.page.reload();
  await button(second.page, 'Train').click();
  await reaches(second.page, 'finished', 2);
  const both = (await readTrace(await exported(second.page))).runs;
  expect(both).toHaveLength(2);
  expect(new Set(both.map(({ digest }) => digest)).size).toBe(1);
  expect(second.faults).toEqual([]);
  await elsewhere.close();
});

test('a bad link is named, the rest applies, and nothing trains by itself', async () => {
  const context = await site.browser.newContext();
  const { page } = await visit(site, context, '#epochs=0&l2=-1&seeds=4-0&swap=1&nonsense=2');
  const alert = page.getByRole('alert');
  await alert.first().waitFor();
  const said = (await alert.allTextContents()).join(' ');
  for (const key of [/epochs/i, /l2/i, /seeds/i, /nonsense/]) expect(said).toMatch(key);
  const swap = page.getByRole('switch', { name: 'Swap learning rates' });
  expect(await swap.getAttribute('aria-checked')).toBe('true');
  expect(await page.locator('[data-state]').first().getAttribute('data-state')).toBe('idle');
  await context.close();
});
