import { existsSync } from 'node:fs';
import path from 'node:path';
import { PATIENCE, withTrace } from './built-page.mjs';
import { endOnSignals } from './child.mjs';
import { ROOT } from './ensure.mjs';
import { readOptions, refuse } from './options.mjs';

/** The longest recording: runs of five hundred epochs. */
const LONGEST = 'public/recordings/long-bench.json.gz';

const USAGE = `Usage: npm run ticks -- [--file TRACE]

Plays a trace in the built page at 1440x900 and prints how long the main thread is busy with each
frame of the clock, from the frame's start until style, layout and painting are done.

  --file   a trace of the page; ${LONGEST} by default`;

const options = readOptions(USAGE, { file: { type: 'string' } });
const file = path.resolve(ROOT, options.file ?? LONGEST);
if (!existsSync(file)) refuse(`--file: ${file} does not exist`, USAGE);

endOnSignals();
const ticks = await withTrace(file, async (page, play) => {
  await play.click();
  await play.waitFor({ timeout: PATIENCE });
  return page.evaluate(() =>
    performance.getEntriesByName('clock-tick').map(({ duration }) => duration),
  );
});
const sorted = ticks.sort((a, b) => a - b);
const at = (/** @type {number} */ share) =>
  `${(sorted[Math.floor(share * (sorted.length - 1))] ?? NaN).toFixed(1)} ms`;
console.log(
  `${sorted.length} frames: median ${at(0.5)}, 95th percentile ${at(0.95)}, longest ${at(1)}`,
);
