import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/chromium.mjs';
import { ROOT } from '../../scripts/ensure.mjs';
import { serve } from '../../scripts/serve.mjs';

let server: Awaited<ReturnType<typeof serve>>;
let browser: Browser;

beforeAll(async () => {
  server = await serve({ root: path.join(ROOT, 'dist') });
  browser = await chromium.launch({
    executablePath: findChromium()!,
    args: CHROMIUM_FLAGS,
  });
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

/** Opens the app and keeps what a visitor must never cause: refusals, errors, foreign requests. */
async function open(hash = ''): Promise<{ page: Page; faults: string[] }> {
  const page = await browser.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(server.url) && !/^(data|blob):/.test(url)) faults.push(`request: ${url}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} refused ${event.blockedURI}`);
    });
  });
  await page.goto(server.url + hash);
  return { page, faults };
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
});
