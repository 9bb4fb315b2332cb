import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/ensure.mjs';
import { PAGES } from '../../src/view/pages';
import { difference, readPicture, shrink, writePicture, type Picture } from '../support/picture';
import { openSite, PAGE_PATIENCE, type Site } from './visitor';

/*
 * Every page as it looks, beside a picture that is kept (tests/look), at a quarter of its size: there
 * a line of text is a grey bar, a chart and a column are what they are. `npm run look` renews them.
 */

const KEPT = path.join(ROOT, 'tests/look');
const FAILED = path.join(ROOT, 'test-results/look');
const RENEW = process.env.LOOK === 'renew';

/** Pixels of the page to one of the picture: half by the browser, half here. */
const FACTOR = 4;
/** Share of pixels that may differ: numbers that are measured anew, and the edges of letters. */
const TOLERANCE = 0.015;
/** Where this machine's letters are of another width, lines break elsewhere: only the gross is seen. */
const LOOSE = 0.2;
const SIZES = [
  [1440, 900],
  [1024, 768],
  [390, 844],
] as const;
const SCHEMES = ['light', 'dark'] as const;

const LESSONS = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `lesson/${number}`);
// The runs stand below the playground.
const HASHES = [
  ...PAGES.filter(({ place }) => place !== 'runs').map(({ path: hash }) => hash),
  ...LESSONS,
];

let site: Site;
let context: BrowserContext;
/** Width of a sentence, in hundredths of a pixel: tells the fonts of one machine from another's. */
let letters = 0;
let tolerance = TOLERANCE;
const LETTERS = path.join(KEPT, 'letters.json');

beforeAll(async () => {
  site = await openSite();
  context = await site.browser.newContext({
    deviceScaleFactor: 2 / FACTOR,
    reducedMotion: 'reduce',
    // Else a page says at some time or other that it works offline now.
    serviceWorkers: 'block',
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  context.setDefaultTimeout(PAGE_PATIENCE);
  // Recordings that come later must not change the pictures: those of the paper's first experiments.
  // From the file: fetched, a connection that the server has just closed would be one too many.
  const index = readFileSync(path.join(ROOT, 'dist/recordings/index.json'), 'utf8');
  const { recordings } = JSON.parse(index) as { recordings: { arm: string }[] };
  const first = recordings.filter(({ arm }) =>
    /^(baseline|swapped|long|alpha|warmup|l2|no-skip|sweep)/.test(arm),
  );
  await context.route('**/recordings/index.json', (route) =>
    route.fulfill({ json: { recordings: first } }),
  );
  // Ten times as fast: lessons that play to an epoch are there at once.
  await context.addInitScript(() => {
    const request = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (callback) => request((now) => callback(10 * now));
  });
  const page = await context.newPage();
  await page.goto(site.url);
  letters = await page.evaluate(() => {
    const probe = document.createElement('span');
    probe.textContent = 'The quick brown fox jumps over 0123456789 edges.';
    probe.style.cssText = 'position: absolute; white-space: nowrap; font-size: 100px';
    document.body.append(probe);
    return Math.round(probe.getBoundingClientRect().width);
  });
  await page.close();
  if (RENEW) {
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(LETTERS, `{ "width": ${letters} }\n`);
  }
  const kept = (JSON.parse(readFileSync(LETTERS, 'utf8')) as { width: number }).width;
  if (Math.abs(kept - letters) > kept / 200) {
    tolerance = LOOSE;
    console.log(`the letters here are ${letters} px wide, not ${kept}: tolerance ${LOOSE}`);
  }
  rmSync(FAILED, { recursive: true, force: true });
});

afterAll(async () => {
  await context.close();
  await site.close();
});

/** Opens a page and brings its clock to rest. */
async function open(hash: string): Promise<Page> {
  const page = await context.newPage();
  await page.setViewportSize({ width: SIZES[0][0], height: SIZES[0][1] });
  await page.goto(`${site.url}#/${hash}`);
  await page.locator('main h2').first().waitFor();
  await page.waitForLoadState('networkidle');
  await page
    .locator('main [role="status"]')
    .filter({ hasText: /^(Reading|Loading|Looking)/ })
    .waitFor({ state: 'detached', timeout: 60_000 });
  if (hash === '' || hash.startsWith('lesson/')) {
    await page.getByText('recorded run', { exact: true }).waitFor();
  }
  const slider = page.getByRole('slider', { name: 'Timeline epoch', exact: true });
  // Moving it stops the clock.
  if (await slider.isVisible()) await slider.fill('30');
  await page.mouse.move(0, 0);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  return page;
}

/** Charts draw one by one, each in a task of its own, and for a new size once more. */
async function settle(page: Page, frames: number): Promise<void> {
  await page.evaluate(
    (count) =>
      new Promise((done) => {
        let left = count;
        const next = () => (left-- === 0 ? done(null) : void requestAnimationFrame(next));
        next();
      }),
    frames,
  );
}

const take = (page: Page): Promise<Buffer> => page.screenshot({ animations: 'disabled' });
const pictureOf = (png: Buffer): Picture => shrink(readPicture(png), FACTOR / 2);

/** The picture once nothing has moved for a second and a half. */
async function still(page: Page): Promise<Picture> {
  let before = await take(page);
  let equal = 0;
  for (let tries = 0; tries < 60; tries++) {
    await page.waitForTimeout(500);
    const now = await take(page);
    equal = now.equals(before) ? equal + 1 : 0;
    if (equal === 3) return pictureOf(now);
    before = now;
  }
  throw new Error('The page does not come to rest.');
}

/** Whether the page comes to look like a picture, as most do at once. */
async function becomes(page: Page, kept: Picture): Promise<boolean> {
  const end = Date.now() + 8000;
  do {
    await settle(page, 3);
    if (difference(kept, pictureOf(await take(page))).share <= tolerance) return true;
  } while (Date.now() < end);
  return false;
}

const nameOf = (hash: string, width: number, scheme: string) =>
  `${hash.replace('/', '-') || 'playground'}-${width}-${scheme}`;

function keptPicture(name: string): Picture {
  const file = path.join(KEPT, `${name}.png`);
  if (!existsSync(file)) throw new Error(`There is no ${file}: run npm run look.`);
  return readPicture(readFileSync(file));
}

const percent = (value: number) => `${(100 * value).toFixed(1)} %`;

/** What is wrong with a page, in words; null when it looks as it did. */
async function compare(page: Page, name: string): Promise<string | null> {
  if (RENEW) {
    writeFileSync(path.join(KEPT, `${name}.png`), writePicture(await still(page)));
    return null;
  }
  const kept = keptPicture(name);
  if (await becomes(page, kept)) return null;
  const actual = await still(page);
  const { share, picture } = difference(kept, actual);
  mkdirSync(FAILED, { recursive: true });
  writeFileSync(path.join(FAILED, `${name}-actual.png`), writePicture(actual));
  writeFileSync(path.join(FAILED, `${name}-diff.png`), writePicture(picture));
  return `${name}: ${percent(share)} of the pixels differ, ${percent(tolerance)} may; see test-results/look/${name}-diff.png`;
}

describe.each(HASHES)('#/%s', (hash) => {
  test('looks as it did, at three widths, light and dark', async () => {
    const page = await open(hash);
    const problems: (string | null)[] = [];
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      for (const scheme of SCHEMES) {
        await page.emulateMedia({ colorScheme: scheme });
        problems.push(await compare(page, nameOf(hash, width, scheme)));
      }
    }
    await page.close();
    expect(problems.filter((problem) => problem !== null)).toEqual([]);
  });
});

test('no picture is kept of a page that is none', () => {
  const names = HASHES.flatMap((hash) =>
    SIZES.flatMap(([width]) => SCHEMES.map((scheme) => `${nameOf(hash, width, scheme)}.png`)),
  );
  const pictures = readdirSync(KEPT).filter((file) => file.endsWith('.png'));
  expect(pictures.sort()).toEqual(names.sort());
});

test.skipIf(RENEW)('a change of layout or of one colour is seen', async () => {
  const page = await open('');
  await page.emulateMedia({ colorScheme: 'light' });
  const kept = keptPicture(nameOf('', SIZES[0][0], 'light'));
  expect(await becomes(page, kept)).toBe(true);
  const planted = [
    ['--space-4', '1.5rem'],
    ['--op-skip', '#7a3fd0'],
  ] as const;
  for (const [property, value] of planted) {
    await page.evaluate(([name, set]) => document.documentElement.style.setProperty(name, set), [
      property,
      value,
    ] as const);
    // Colours of the canvas are taken anew with the scheme.
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.emulateMedia({ colorScheme: 'light' });
    expect(difference(kept, await still(page)).share, property).toBeGreaterThan(TOLERANCE);
    await page.evaluate((name) => document.documentElement.style.removeProperty(name), property);
  }
  await page.close();
});
