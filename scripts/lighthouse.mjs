import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withBuild } from './built-page.mjs';
import { endOnSignals, runChild } from './child.mjs';
import { CHROMIUM_FLAGS, findChromium } from './chromium.mjs';
import { readOptions, refuse } from './options.mjs';

/** Not among the packages of the project: it is fetched when somebody measures. */
const LIGHTHOUSE = 'lighthouse@12';
const METRICS = [
  'first-contentful-paint',
  'largest-contentful-paint',
  'speed-index',
  'total-blocking-time',
  'cumulative-layout-shift',
];

const USAGE = `Usage: npm run lighthouse -- [--page HASH] [--form desktop|mobile] [--runs N]

Measures the built page by ${LIGHTHOUSE}, which npx fetches, and prints the median of the scores.

  --page   of the app, such as '#/lesson/1'; the playground by default
  --form   desktop (default) or mobile
  --runs   an odd number of times; 3 by default`;

const options = readOptions(USAGE, {
  page: { type: 'string' },
  form: { type: 'string' },
  runs: { type: 'string' },
});
const { page = '', form = 'desktop' } = options;
if (form !== 'desktop' && form !== 'mobile') {
  refuse(`--form takes desktop or mobile, not '${form}'`, USAGE);
}
const runs = Number(options.runs ?? 3);
if (!Number.isInteger(runs) || runs < 1 || runs % 2 === 0) {
  refuse(`--runs takes an odd number, not '${options.runs ?? ''}'`, USAGE);
}

/**
 * @typedef {object} Report
 * @property {Record<string, { score: number | null }>} categories
 * @property {Record<string, { title: string, numericValue?: number, displayValue?: string }>} audits
 */

endOnSignals();
const folder = mkdtempSync(path.join(tmpdir(), 'alphascope-lighthouse-'));
try {
  const reports = await withBuild(async (url) => {
    /** @type {Report[]} */
    const all = [];
    for (let run = 0; run < runs; run++) all.push(await measure(new URL(page, url).href));
    return all;
  });
  const performance = median(reports.map((report) => scoreOf(report, 'performance')));
  const accessibility = median(reports.map((report) => scoreOf(report, 'accessibility')));
  console.log(
    `${page || 'playground'}, ${form}, median of ${runs}: performance ${performance}, accessibility ${accessibility}`,
  );
  for (const metric of METRICS) {
    const title = reports[0]?.audits[metric]?.title ?? metric;
    const values = reports.map(({ audits }) => audits[metric]?.displayValue ?? '–');
    console.log(`  ${title}: ${values.join(', ')}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * One run, in a fresh profile.
 *
 * @param {string} url
 * @returns {Promise<Report>}
 */
async function measure(url) {
  const file = path.join(folder, 'report.json');
  const status = await runChild(
    'npx',
    [
      '--yes',
      LIGHTHOUSE,
      url,
      '--quiet',
      '--output=json',
      `--output-path=${file}`,
      '--only-categories=performance,accessibility',
      `--chrome-flags=${['--headless=new', ...CHROMIUM_FLAGS].join(' ')}`,
      ...(form === 'desktop' ? ['--preset=desktop'] : []),
    ],
    { env: { ...process.env, CHROME_PATH: findChromium() }, output: 'stderr' },
  );
  if (status !== 0) throw new Error(`${LIGHTHOUSE} ended with status ${status}.`);
  return /** @type {Report} */ (JSON.parse(readFileSync(file, 'utf8')));
}

/** @param {Report} report @param {string} category */
function scoreOf({ categories }, category) {
  return Math.round(100 * (categories[category]?.score ?? NaN));
}

/** @param {number[]} values */
function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
