import { chromium } from 'playwright-core';
import { PATIENCE, withBuild } from './built-page.mjs';
import { endOnSignals } from './child.mjs';
import { CHROMIUM_FLAGS, findChromium } from './chromium.mjs';
import { readOptions, refuse } from './options.mjs';

/** Those that a visitor may be sent to first: the playground, and what plays in the lessons. */
const PAGES = ['', '#/lesson/2', '#/lesson/7'];
const MEGABITS = 10;
/** Milliseconds from a request to the first byte of its answer. */
const LATENCY = 40;

const USAGE = `Usage: npm run first-motion -- [--page HASH] [--runs N]

Opens the built page over ${MEGABITS} Mbit/s and ${LATENCY} ms, each time in a fresh profile, and prints
how long after the navigation the cell is drawn and first changes, and how much was fetched by then.

  --page   of the app, such as '#/lesson/7'; ${PAGES.map((page) => page || 'the playground').join(', ')} by default
  --runs   how many times each; 3 by default`;

const options = readOptions(USAGE, { page: { type: 'string' }, runs: { type: 'string' } });
const runs = Number(options.runs ?? 3);
if (!Number.isInteger(runs) || runs < 1) {
  refuse(`--runs takes a whole number from 1 on, not '${options.runs ?? ''}'`, USAGE);
}

endOnSignals();
await withBuild(async (url) => {
  const executablePath = findChromium();
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: CHROMIUM_FLAGS,
  });
  try {
    for (const page of options.page === undefined ? PAGES : [options.page]) {
      /** @type {Awaited<ReturnType<typeof measure>>[]} */
      const found = [];
      for (let run = 0; run < runs; run++) found.push(await measure(browser, url + page));
      const each = (/** @type {(one: Awaited<ReturnType<typeof measure>>) => string} */ words) =>
        found.map(words).join(', ');
      console.log(
        `${page || 'playground'}: drawn after ${each(({ drawn }) => seconds(drawn))} s, ` +
          `moves after ${each(({ moved }) => seconds(moved))} s, ` +
          `by then ${each(({ bytes }) => (bytes / 1e6).toFixed(2))} MB`,
      );
    }
  } finally {
    await browser.close();
  }
});

/**
 * One visit. The cell's ribbons are a canvas: its pixels are compared in every frame, in a small copy.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @returns {Promise<{ drawn: number, moved: number, bytes: number }>} milliseconds since the
 *   navigation, and bytes that came over the network until the cell moved
 */
async function measure(browser, url) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    const rate = (MEGABITS * 1e6) / 8;
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: LATENCY,
      downloadThroughput: rate,
      uploadThroughput: rate,
    });
    let bytes = 0;
    session.on('Network.dataReceived', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await page.addInitScript(() => {
      const small = new OffscreenCanvas(96, 48);
      const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
        small.getContext('2d', { willReadFrequently: true })
      );
      let before = '';
      /** @type {number | null} */
      let drawn = null;
      const look = () => {
        const ribbons = document.querySelector('canvas');
        if (ribbons !== null && ribbons.width > 0) {
          context.clearRect(0, 0, small.width, small.height);
          context.drawImage(ribbons, 0, 0, small.width, small.height);
          const { data } = context.getImageData(0, 0, small.width, small.height);
          const now = data.some((value) => value > 0) ? data.join() : '';
          if (now !== '') drawn ??= performance.now();
          if (before !== '' && now !== before) {
            Object.assign(globalThis, { motion: { drawn, moved: performance.now() } });
            return;
          }
          before = now;
        }
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    await page.goto(url, { timeout: PATIENCE });
    const motion = await page.waitForFunction(
      () => /** @type {any} */ (globalThis).motion,
      undefined,
      { timeout: PATIENCE },
    );
    const { drawn, moved } = await motion.jsonValue();
    return { drawn, moved, bytes };
  } finally {
    await context.close();
  }
}

/** @param {number} milliseconds */
function seconds(milliseconds) {
  return (milliseconds / 1000).toFixed(1);
}
