import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operationMagnitude } from '../../../src/paper/magnitude';
import { withFigureData } from '../../../src/trace/figure';
import { readTrace } from '../../../src/trace/read';
import { readTraceFile } from '../../../src/trace/unpack';
import { traceDocument } from '../../../src/trace/write';
import { EpochRecordSchema, TraceRunSchema } from '../../../src/trace/schema';
import type { TraceRun } from '../../../src/trace/types';

/** Invented numbers, of the first released version. */
const FIXTURE = 'tests/fixtures/trace/version-1.json';
/** Invented, too: a run and its fork. */
const FORKED = 'tests/fixtures/trace/version-2.json';
/** Trained ones, packed. */
const RECORDED = 'public/recordings/swapped-bench.json.gz';

const page = await readFile('docs/trace-format.md', 'utf8');
let folder: string;
let recorded: readonly TraceRun[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alphascope-docs-'));
  ({ runs: recorded } = await readTraceFile(new Uint8Array(await readFile(RECORDED))));
});
afterAll(() => rm(folder, { recursive: true }));

const LANGUAGES = { python: ['python3', 'py'], js: [process.execPath, 'mjs'] } as const;
type Language = keyof typeof LANGUAGES;

/** The programs of the page, in their order. */
const PROGRAMS = {
  python: ['reader', 'figure', 'checker'],
  js: ['reader', 'checker'],
} as const;

/** A program of the page, as it stands there, run on a file. */
async function printed(language: Language, which: 'reader' | 'figure' | 'checker', file: string) {
  const programs: readonly string[] = PROGRAMS[language];
  const blocks = [...page.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))];
  expect(blocks).toHaveLength(programs.length);
  const [program, ending] = LANGUAGES[language];
  const script = join(folder, `${which}.${ending}`);
  await writeFile(script, blocks[programs.indexOf(which)]![1]!);
  const env = { ...process.env, PYTHONUTF8: '1' };
  return execFileSync(program, [script, file], { encoding: 'utf8', env, maxBuffer: 2 ** 26 });
}

describe.each(['python', 'js'] as const)('in %s', (language) => {
  test('the reader prints the cells and magnitudes of recorded runs', async () => {
    const lines = (await printed(language, 'reader', RECORDED)).trimEnd().split('\n');
    const expected = recorded.flatMap(({ seed, config: { effective }, epochs }) =>
      epochs.map(({ epoch, arch, alpha }) => ({
        head: `${seed} ${epoch} ${arch}`,
        magnitude: operationMagnitude(alpha).map((value, at) => [effective.ops[at], value]),
      })),
    );
    expect(lines).toHaveLength(expected.length);
    lines.forEach((line, at) => {
      const { head, magnitude } = expected[at]!;
      expect(line.slice(0, head.length)).toBe(head);
      const read = Object.entries(JSON.parse(line.slice(head.length)) as Record<string, number>);
      expect(read.map(([operation]) => operation)).toEqual(magnitude.map(([name]) => name));
      read.forEach(([, value], column) => {
        expect(value).toBeCloseTo(magnitude[column]![1] as number, 12);
      });
    });
  });

  test('the checker agrees with the app, of recorded runs and of changed ones', async () => {
    const good = recorded.map(({ uid }) => `${uid} matches matches\n`).join('');
    expect(await printed(language, 'checker', RECORDED)).toBe(good);
    const text = gunzipSync(await readFile(RECORDED)).toString();
    const changed = join(folder, 'changed.json');
    await writeFile(changed, text.replace(/"lossTrain":[^,]+/, '"lossTrain":0.5'));
    const said = await printed(language, 'checker', changed);
    expect(said.match(/DIFFERS matches/g)).toHaveLength(1);
    await writeFile(changed, text.replace(/"epsilon":[^,]+/g, '"epsilon":0.5'));
    expect((await printed(language, 'checker', changed)).match(/DIFFERS DIFFERS/g)).toHaveLength(
      recorded.length,
    );
    // A document of the first version, with every kind of text and number.
    const { runs } = await readTraceFile(new Uint8Array(await readFile(FIXTURE)));
    expect(await printed(language, 'checker', FIXTURE)).toBe(
      runs.map(({ uid }) => `${uid} matches matches\n`).join(''),
    );
  });

  test('the checker agrees with the app, of a fork and of one with other first epochs', async () => {
    const text = await readFile(FORKED, 'utf8');
    const [parent, fork] = (await readTrace(text)).runs;
    const lines = `${parent!.uid} matches matches\n${fork!.uid} matches matches\n`;
    const of = `fork of ${parent!.uid}`;
    expect(await printed(language, 'checker', FORKED)).toBe(`${lines}${of} matches\n`);
    const changed = join(folder, 'changed-fork.json');
    await writeFile(changed, text.replace(fork!.fork!.digest, 'f'.repeat(64)));
    expect(await printed(language, 'checker', changed)).toBe(`${lines}${of} DIFFERS\n`);
  });
});

test('a figure’s runs come out of it in python as they went in', async () => {
  const { runs } = await readTrace(await readFile(FORKED, 'utf8'));
  const view = { place: 'experiments', figure: '2(a)', scale: 'bench' } as const;
  const picture = '<svg xmlns="http://www.w3.org/2000/svg"><metadata>a</metadata></svg>';
  const file = join(folder, 'figure.svg');
  await writeFile(file, await withFigureData(picture, runs, view));
  const trace = JSON.parse(await printed('python', 'figure', file)) as unknown;
  expect(trace).toEqual(traceDocument(runs));
});

test('the page names every key of a run and of an epoch', () => {
  const keys = [...Object.keys(TraceRunSchema.entries), ...Object.keys(EpochRecordSchema.entries)];
  const missing = keys.filter((key) => !page.includes(`\`${key}\``) && !page.includes(`\`${key}.`));
  expect(missing).toEqual([]);
});
