import path from 'node:path';
import { chromium } from 'playwright-core';
import { runChild } from './child.mjs';
import { CHROMIUM_FLAGS, findChromium } from './chromium.mjs';
import { ROOT, ensureChromium, ensurePackages, log } from './ensure.mjs';
import { serve } from './serve.mjs';

/** Milliseconds to wait for the page: longer than the slowest play. */
export const PATIENCE = 180_000;

/**
 * The app as visitors get it, built and served.
 *
 * @template Result
 * @param {(url: string) => Promise<Result>} body
 * @returns {Promise<Result>}
 * @throws {Error} when it does not build
 */
export async function withBuild(body) {
  await ensurePackages(ROOT, { log });
  await ensureChromium({ log });
  const status = await runChild(process.execPath, [path.join(ROOT, 'scripts/build.mjs')], {
    cwd: ROOT,
  });
  if (status !== 0) throw new Error(`The build ended with status ${status}.`);
  const server = await serve({ root: path.join(ROOT, 'dist') });
  try {
    return await body(server.url);
  } finally {
    await server.close();
  }
}

/**
 * The runs of a file in the built page at 1440x900, with the clock at rest.
 *
 * @template Result
 * @param {string} file a trace
 * @param {(page: import('playwright-core').Page, play: import('playwright-core').Locator) => Promise<Result>} body
 *   with the button that plays the trajectory
 * @returns {Promise<Result>}
 */
export function withTrace(file, body) {
  return withBuild(async (url) => {
    const executablePath = findChromium();
    const browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: CHROMIUM_FLAGS,
    });
    try {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      await page.goto(url);
      await page.getByLabel('Trace files').setInputFiles(file, { timeout: PATIENCE });
      // A recording plays by itself until the file has been read; then the clock rests.
      const play = page.getByRole('button', { name: 'Play trajectory', exact: true });
      await play.waitFor({ timeout: PATIENCE });
      await page.waitForTimeout(2000);
      return await body(page, play);
    } finally {
      await browser.close();
    }
  });
}
