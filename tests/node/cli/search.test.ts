import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { resolveConfig } from '../../../src/paper/resolve';
import { readTrace } from '../../../src/trace/read';
import type { TraceRun } from '../../../src/trace/types';
import { SMALL, SMALL_DIGEST } from '../../support/small-run';
import { withFolder } from '../tooling/project';
import { bundled, type Ended } from './command';

let search: Awaited<ReturnType<typeof bundled>>;

beforeAll(async () => {
  search = await bundled('search');
}, 120_000);

const SMALL_FLAGS = ['--scale', SMALL.scale, '--epochs', String(SMALL.epochs)];

/** Long enough to be interrupted between two epochs. */
const LONG = ['--scale', 'c8-n1-r8-i512', '--epochs', '6', '--seeds', '1'];
const LONG_FILE = 'baseline-c8-n1-r8-i512-s1.json';

async function only(folder: string, file: string): Promise<TraceRun> {
  const { runs } = await readTrace(readFileSync(path.join(folder, file), 'utf8'));
  expect(runs).toHaveLength(1);
  return runs[0]!;
}

describe('a search', () => {
  test(
    'leaves one trace a seed, which the page reads, with the digest that the page gets',
    () =>
      withFolder(async (out) => {
        const ended = await search([...SMALL_FLAGS, '--seeds', '7,8', '--out', out]);
        expect(ended).toMatchObject({ status: 0, stderr: '' });
        expect(readdirSync(out).sort()).toEqual([
          'baseline-c4-n1-r8-i64-b16-s7.json',
          'baseline-c4-n1-r8-i64-b16-s8.json',
        ]);
        const run = await only(out, 'baseline-c4-n1-r8-i64-b16-s7.json');
        expect(run.digest).toBe(SMALL_DIGEST);
        expect(run).toMatchObject({ seed: 7, name: 'baseline', state: 'finished' });
        expect(run.environment.backend).toBe('wasm');
        expect(run.events.map(({ kind }) => kind)).toEqual(['started', 'finished']);
        expect(ended.stdout).toContain('seed 8: epoch 3/3');
        expect(ended.stdout).toContain(SMALL_DIGEST);

        const again = await search([...SMALL_FLAGS, '--seeds', '7', '--out', out]);
        expect(again.status).toBe(0);
        expect(again.stdout).toContain('is finished already');
        expect(again.stdout).not.toContain('epoch');

        const other = await search([...SMALL_FLAGS.with(-1, '2'), '--seeds', '7', '--out', out]);
        expect(other.status).toBe(2);
        expect(other.stderr).toMatch(/^--out: .*effective\.epochs is 3, wanted 2/);
      }),
    30_000,
  );

  test(
    'of an experiment trains its arm',
    () =>
      withFolder(async (out) => {
        const flags = ['--exp', '5', '--scale', SMALL.scale, '--epochs', '1', '--seeds', '2'];
        expect((await search([...flags, '--out', out])).status).toBe(0);
        const run = await only(out, 'swapped-rates-c4-n1-r8-i64-b16-s2.json');
        expect(run.config).toEqual(resolveConfig({ ...SMALL, swap: true, epochs: 1 }));
        expect(run.epochs[0]!.rateAlpha).toBe(run.config.effective.alpha.rate);
      }),
    30_000,
  );

  test('says what is wrong with its flags and ends with status 2', async () => {
    const { status, stdout, stderr } = await search(['--epochs', '0', '--out', 'x']);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^--epochs: Epochs: must be a whole number/);
  });

  test('finds before training that it cannot write', () =>
    withFolder(async (folder) => {
      const file = path.join(folder, 'file');
      writeFileSync(file, '');
      const { status, stdout, stderr } = await search([
        ...SMALL_FLAGS,
        '--out',
        path.join(file, 'x'),
      ]);
      expect(status).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^--out: .* cannot be written to/);
    }));

  test(
    'says what is missing where there is no GPU',
    () =>
      withFolder(async (out) => {
        const nowhere = path.join(out, 'no-driver.json');
        const env = { VK_ICD_FILENAMES: nowhere, VK_DRIVER_FILES: nowhere };
        const flags = [...SMALL_FLAGS, '--seeds', '7', '--backend', 'webgpu'];
        const { status, stderr } = await search([...flags, '--out', out], { env });
        expect(status).toBe(1);
        expect(stderr).toContain('--backend wasm');
        expect(readdirSync(out)).toEqual([]);
      }),
    30_000,
  );
});

describe('a search that was cut off', () => {
  let whole: TraceRun;
  beforeAll(
    () =>
      withFolder(async (out) => {
        expect((await search([...LONG, '--out', out])).status).toBe(0);
        whole = await only(out, LONG_FILE);
      }),
    60_000,
  );

  /** Starts a search and ends it by a signal after its second epoch. */
  const cutOff = (out: string, signal: NodeJS.Signals): Promise<Ended> =>
    search([...LONG, '--out', out], {
      line: (line, child) => {
        if (line.includes('epoch 2/6')) child.kill(signal);
      },
    });

  test.each([
    ['SIGINT', 130],
    ['SIGKILL', 137],
  ] as const)(
    'by %s goes on to the same bits',
    (signal, expected) =>
      withFolder(async (out) => {
        const cut = await cutOff(out, signal);
        expect(cut.status).toBe(expected);
        if (signal === 'SIGINT') expect(cut.stderr).toContain('--resume');
        const checkpoint = path.join(out, LONG_FILE.replace('.json', '.checkpoint'));
        expect(existsSync(checkpoint)).toBe(true);
        expect(existsSync(path.join(out, LONG_FILE))).toBe(false);

        const anew = await search([...LONG, '--out', out]);
        expect(anew.status).toBe(2);
        expect(anew.stderr).toMatch(/^--resume: .* was interrupted after epoch [2-5]/);

        const other = await search([...LONG.with(3, '7'), '--out', out, '--resume']);
        expect(other.status).toBe(2);
        expect(other.stderr).toMatch(/^--resume: .*effective\.epochs is 6, wanted 7/);

        const resumed = await search([...LONG, '--out', out, '--resume']);
        expect(resumed).toMatchObject({ status: 0, stderr: '' });
        expect(resumed.stdout).toContain('goes on after epoch');
        expect(resumed.stdout).not.toContain('epoch 1/6');
        const run = await only(out, LONG_FILE);
        expect(run.digest).toBe(whole.digest);
        const kinds = run.events.map(({ kind }) => kind);
        expect(kinds).toEqual(['started', 'interrupted', 'resumed', 'finished']);
        expect(readdirSync(out)).toEqual([LONG_FILE]);
      }),
    60_000,
  );

  test(
    'does not go on from a damaged checkpoint',
    () =>
      withFolder(async (out) => {
        await cutOff(out, 'SIGKILL');
        const file = path.join(out, LONG_FILE.replace('.json', '.checkpoint'));
        const bytes = readFileSync(file);
        bytes[bytes.length - 10]! ^= 1;
        writeFileSync(file, bytes);
        const { status, stderr } = await search([...LONG, '--out', out, '--resume']);
        expect(status).toBe(2);
        expect(stderr).toMatch(/^--resume: .*damaged/);
      }),
    30_000,
  );
});
