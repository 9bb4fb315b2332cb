import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runDigest } from '../../src/trace/digest';
import { readTrace } from '../../src/trace/read';
import type { TraceRun } from '../../src/trace/types';
import { writeTrace } from '../../src/trace/write';
import { computedBy, kindsOf } from './stored';
import { button, openSite, reaches, trains, trainUntil, visit, type Site } from './visitor';

/* What a trace is worth to somebody who was not there: digests, and training again. */

let site: Site;
/** As the first test exports it. */
let run: TraceRun;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site.close());

async function importText(page: Page, text: string): Promise<void> {
  const file = { name: 'trace.json', mimeType: 'application/json', buffer: Buffer.from(text) };
  await page.getByLabel('Trace files').setInputFiles(file);
}

/** Presses Verify and waits for what it says of all runs. */
async function verdictOf(page: Page, verify: string | RegExp): Promise<string> {
  await page.getByRole('button', { name: verify }).first().click();
  const panel = page.getByRole('region', { name: /^Verify / });
  await panel.locator('[data-verdict]').first().waitFor();
  await expect
    .poll(() => panel.getByRole('status').innerText(), { timeout: 120_000 })
    .toMatch(/\.$/);
  return panel.innerText();
}

test('a run of one visitor is trained again by another, to the bit', async () => {
  const context = await site.browser.newContext({ acceptDownloads: true });
  const hash = '#scale=c4-n1-r8-i64-b16&epochs=3&seeds=7&backend=wasm';
  const { page, faults } = await visit(site, context, hash);
  await button(page, 'Train').click();
  await reaches(page, 'finished', 3);
  expect(await verdictOf(page, /^Verify (?!the)/)).toContain('The run is equal to the bit.');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    button(page, 'Export JSON').click(),
  ]);
  const text = await readFile(await download.path(), 'utf8');
  run = (await readTrace(text)).runs[0]!;

  // Another arithmetic rounds otherwise: close, unless to the bit is asked for.
  await page.getByLabel('Backend', { exact: true }).last().selectOption('cpu');
  expect(await verdictOf(page, 'Verify again')).toMatch(
    /The run is within the tolerance\.[^]*Trained on wasm, and here on cpu\./,
  );
  await page.getByLabel('Tolerance').fill('2');
  await page.getByText('A number from 0 to below 1.').waitFor();
  expect(await button(page, 'Verify again').isDisabled()).toBe(true);
  await page.getByLabel('Tolerance').fill('0');
  expect(await verdictOf(page, 'Verify again')).toContain('The run is different.');
  expect(faults).toEqual([]);
  await context.close();

  const elsewhere = await site.browser.newContext();
  const second = await visit(site, elsewhere);
  await importText(second.page, text);
  expect(await verdictOf(second.page, /^Verify (?!the)/)).toMatch(
    /The run is equal to the bit\.[^]*epochs 1-2 of 3/,
  );
  expect(second.faults).toEqual([]);
  await elsewhere.close();
});

test('a number changed by hand is caught by the digest, and digested anew by Verify', async () => {
  const context = await site.browser.newContext();
  const { page, faults } = await visit(site, context);
  const record = { ...run.epochs[1]!, lossTrain: run.epochs[1]!.lossTrain + 1e-6 };
  const changed = { ...run, epochs: run.epochs.with(1, record) };
  await importText(page, writeTrace([changed]));
  await page
    .getByRole('alert')
    .filter({ hasText: /\$\.runs\[0\]\.digest .* a number was changed/ })
    .waitFor();

  await importText(page, writeTrace([{ ...changed, digest: await runDigest(changed) }]));
  await page.getByText('Imported 1 run.').waitFor();
  const said = await verdictOf(page, /^Verify (?!the)/);
  expect(said).toContain('The run is different.');
  const place = `Epoch 2: different, lossTrain: ${record.lossTrain} in the trace`;
  expect(said).toContain(`${place}, ${run.epochs[1]!.lossTrain} here`);
  expect(faults).toEqual([]);
  await context.close();
});

test('what is unfinished goes on elsewhere from the export of everything, to the bit', async () => {
  // It does not end by itself before the file has been written.
  const hash = '#scale=c2-n1-r8-i64-b16&epochs=2000&seeds=3&backend=wasm';
  const context = await site.browser.newContext({ acceptDownloads: true });
  const { page, faults } = await visit(site, context, hash);
  await button(page, 'Train').click();
  await trains(page);
  // In mid-run, as it stands between two epochs.
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    button(page, 'Export everything').click(),
  ]);
  const name = download.suggestedFilename();
  expect(name).toMatch(/^alphascope-everything-.*\.json\.gz$/);
  const buffer = await readFile(await download.path());

  const elsewhere = await site.browser.newContext();
  const second = await visit(site, elsewhere);
  await second.page
    .getByLabel('Trace files')
    .setInputFiles({ name, mimeType: 'application/gzip', buffer });
  const offer = second.page.getByText(/was cut off after epoch \d+ of 2000/);
  await offer.waitFor();
  const cut = Number(/epoch (\d+)/.exec((await offer.textContent()) ?? '')?.[1]);
  await button(second.page, 'Resume').click();
  await trains(second.page);
  const moved = await trainUntil(second.page, cut + 10);
  expect(kindsOf(moved).slice(0, 3)).toEqual(['started', 'interrupted', 'resumed']);

  // The one that was not cut off at all.
  const { length } = moved.epochs;
  const whole = await trainUntil(page, length);
  expect(computedBy(moved)).toEqual(computedBy(whole).slice(0, length));
  expect([...faults, ...second.faults]).toEqual([]);
  await elsewhere.close();
  await context.close();
});

test('a recorded run can be verified by every visitor', async () => {
  const context = await site.browser.newContext();
  const { page, faults } = await visit(site, context);
  const recorded = page.getByLabel('Recorded runs to compare with');
  await recorded.selectOption({ value: 'no-skip-bench.json.gz' });
  await button(page, 'Verify the recorded runs').click();
  const panel = page.getByRole('region', { name: /^Verify No skip-connect/ });
  // One seed of five will do here; the others take as long each.
  const first = panel
    .getByRole('listitem')
    .filter({ hasText: 'equal to the bit, epochs 1-2 of 50' });
  await first.first().waitFor({ timeout: 120_000 });
  await panel.getByRole('button', { name: 'Stop', exact: true }).click();
  await panel.getByText('Stopped before the end.').waitFor();
  expect(faults).toEqual([]);
  await context.close();
});
