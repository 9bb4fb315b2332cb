import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EpochRecordSchema, TraceRunSchema } from '../../../src/trace/schema';
import { syntheticUid } from '../../support/synthetic-run';

const FIXTURE = 'tests/fixtures/trace/version-1.json';
const page = await readFile('docs/trace-format.md', 'utf8');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alphascope-docs-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function checkerSays(trace: string): Promise<string> {
  const script = join(folder, 'check.mjs');
  await writeFile(script, /```js\n([\s\S]*?)```/.exec(page)![1]!);
  return execFileSync(process.execPath, [script, trace], { encoding: 'utf8' });
}

test('the checker on the page agrees with the app', async () => {
  expect(await checkerSays(FIXTURE)).toBe(
    `${syntheticUid(0)} matches\n${syntheticUid(1)} matches\n`,
  );
  const changed = join(folder, 'changed.json');
  const text = await readFile(FIXTURE, 'utf8');
  await writeFile(changed, text.replace(/"lossTrain":[^,]+/, '"lossTrain":0.5'));
  expect(await checkerSays(changed)).toContain(`${syntheticUid(0)} DIFFERS`);
});

test('the page names every key of a run and of an epoch', () => {
  const keys = [...Object.keys(TraceRunSchema.entries), ...Object.keys(EpochRecordSchema.entries)];
  const missing = keys.filter((key) => !page.includes(`\`${key}\``) && !page.includes(`\`${key}.`));
  expect(missing).toEqual([]);
});
