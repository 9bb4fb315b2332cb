import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { resolveConfig, settingsOf } from '../../../src/paper/resolve';
import { configDigest } from '../../../src/trace/digest';
import { readTrace } from '../../../src/trace/read';

const FOLDER = 'public/recordings';

function contentOf(file: string): string {
  const bytes = readFileSync(`${FOLDER}/${file}`);
  return (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8');
}

const files = (
  JSON.parse(readFileSync(`${FOLDER}/index.json`, 'utf8')) as { recordings: { file: string }[] }
).recordings
  .map(({ file }) => file)
  .filter((file) => file.includes('-tiny.'));

test.each(files)(
  'the settings of %s still give the configuration it was made with',
  async (file) => {
    const { runs } = await readTrace(contentOf(file));
    expect(runs.length).toBeGreaterThan(0);
    for (const { config, configDigest: recorded, data } of runs) {
      const now = resolveConfig(settingsOf(config));
      expect(now).toEqual(config);
      expect(await configDigest({ config: now, data })).toBe(recorded);
    }
  },
);
