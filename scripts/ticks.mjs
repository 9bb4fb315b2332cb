import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { endOnSignals, runChild } from './child.mjs';
import { CHROMIUM_FLAGS, findChromium } from './chromium.mjs';
import { ROOT, ensureChromium, ensurePackages, log } from './ensure.mjs';
import { readOptions, refuse } from './options.mjs';
import { serve } from './serve.mjs';

/** The longest recording: runs of five hundred epochs. */
const LONGEST = 'public/recordings/long-bench.json.gz';

const USAGE = `Usage: npm run ticks -- [--file TRACE]

Plays a trace in the built page at 1440x900 and prints how long the main thread is busy with each
frame of the clock, from the frame's start until style, layout and painting are done.

  --file   a trace of the page; ${LONGEST} by default`;

/** Longer than the slowest play. */
const PATIENCE = 180_000;

const options = readOptions(USAGE, { file: { type: 'string' } });
const file = path.resolve(ROOT, options.file ?? LONGEST);
if (!existsSync(file)) refuse(`--file: ${file} does not exist`, USAGE);

endOnSignals();
await ensurePackages(ROOT, { log });
await ensureChromium({ log });
const built = await runChild(process.execPath, [path.join(ROOT, 'scripts/build.mjs')], {
  cwd: ROOT,
});
if (built !== 0) process.exit(built);

const server = await serve({ root: path.join(ROOT, 'dist') });
const executablePath = findChromium();
const browser = await chromium.launch({
  ...(executablePath === undefined ? {} : { executablePath }),
  args: CHROMIUM_FLAGS,
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(server.url);
  await page.locator('input[type=file]').first().setInputFiles(file);
  // A recording plays by itself until the file has been read; then the clock rests.
  const play = page.getByRole('button', { name: 'Play trajectory', exact: true });
  await play.waitFor({ timeout: PATIENCE });
  await page.waitForTimeout(2000);
  await play.click();
  await play.waitFor({ timeout: PATIENCE });
  const ticks = await page.evaluate(() =>
    performance.getEntriesByName('clock-tick').map(({ duration }) => duration),
  );
  const sorted = ticks.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    `${(sorted[Math.floor(share * (sorted.length - 1))] ?? NaN).toFixed(1)} ms`;
  console.log(
    `${sorted.length} frames: median ${at(0.5)}, 95th percentile ${at(0.95)}, longest ${at(1)}`,
  );
} finally {
  await browser.close();
  await server.close();
}
