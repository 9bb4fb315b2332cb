import { readFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { beforeAll, expect, test } from 'vitest';
import { partsOf, replaced, type Part } from '../../../cli/lib/pages';
import { readShipped } from '../../../cli/lib/accuracy-file';
import { readRecordings, RECORDINGS, TABLES, type Recording } from '../../../cli/lib/recordings';
import { judgeRecordings } from '../../../cli/lib/verdict-report';
import { ROOT } from '../../../scripts/ensure.mjs';
import { PROTOCOL_COMMIT } from '../../../src/paper/claim/protocol';

let recordings: Recording[];
let problems: string[];
let parts: Part[];

beforeAll(async () => {
  ({ recordings, problems } = await readRecordings(RECORDINGS));
  parts = partsOf(recordings, judgeRecordings(recordings, await readShipped(TABLES)));
});

const page = (name: string) => readFileSync(path.join(ROOT, name), 'utf8');

test('every recording that ships is whole and as the index says', () => {
  expect(problems).toEqual([]);
  expect(recordings.map(({ entry }) => entry.file)).toContain('baseline-bench.json.gz');
});

test('the pages show what the recordings give: npm run verdicts -- --pages', () => {
  expect(parts.length).toBeGreaterThan(3);
  for (const part of parts) {
    const text = page(part.page);
    expect(replaced(text, part), `${part.page}, ${part.name}`).toBe(text);
  }
  expect(page('docs/reproduction.md')).toContain(PROTOCOL_COMMIT);
});

test('what is written passes the check of the format', async () => {
  for (const { page: name, text } of parts) {
    const options = await resolveConfig(path.join(ROOT, name));
    expect(await format(text, { ...options, parser: 'markdown' })).toBe(`${text}\n`);
  }
});

test('a page without a place for a part, or with two, is an error', () => {
  const part: Part = { page: 'x.md', name: 'here', text: 'new' };
  expect(replaced('a\n<!-- here -->\nold\n<!-- /here -->\nb', part)).toBe(
    'a\n<!-- here -->\n\nnew\n\n<!-- /here -->\nb',
  );
  for (const wrong of ['a', '<!-- here -->', '<!-- here --><!-- /here --><!-- here -->']) {
    expect(() => replaced(wrong, part)).toThrow('x.md needs <!-- here --> and <!-- /here -->');
  }
});
