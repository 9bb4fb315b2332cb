import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { ArmKey } from '../../../src/paper/experiment/arm';
import { configFor } from '../../../src/paper/experiment/config';
import { resolveConfig, settingsOf } from '../../../src/paper/resolve';
import { configDigest } from '../../../src/trace/digest';
import { readIndex } from '../../../src/trace/recordings';
import type { TraceRun } from '../../../src/trace/types';

const FOLDER = 'public/recordings';

function contentOf(file: string): string {
  const bytes = readFileSync(`${FOLDER}/${file}`);
  return (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** One of each kind of setting. */
const ARMS: readonly ArmKey[] = ['baseline', 'swapped', 'warmup-30', 'l2-.01', 'no-skip'];
/** What no settings of the page can say. */
const SWEPT: readonly ArmKey[] = ['sweep-.003', 'alpha-.003'];

const entries = readIndex(JSON.parse(readFileSync(`${FOLDER}/index.json`, 'utf8'))).filter(
  ({ kind, arm }) => kind === 'verdict' && [...ARMS, ...SWEPT].includes(arm),
);

test('there is a recording of each', () => {
  expect(entries).toHaveLength(ARMS.length + SWEPT.length);
});

test.each(entries)(
  'the settings of $file still give the configuration it was made with',
  async ({ file, arm, scale }) => {
    // Whole and valid by another test: npm run verdicts -- --pages.
    const { runs } = JSON.parse(contentOf(file)) as { readonly runs: readonly TraceRun[] };
    expect(runs.length).toBeGreaterThan(0);
    for (const { config, configDigest: recorded, data } of runs) {
      const now = configFor({ arm, scale });
      expect(now).toEqual(config);
      expect(await configDigest({ config: now, data })).toBe(recorded);
      if (ARMS.includes(arm)) expect(resolveConfig(settingsOf(config))).toEqual(config);
    }
  },
);
