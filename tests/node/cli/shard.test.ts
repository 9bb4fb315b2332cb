import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../../../cli/lib/flags';
import { dealt, readShard } from '../../../cli/lib/shard';
import type { TraceRun } from '../../../src/trace/types';
import { readTraceFile } from '../../../src/trace/unpack';
import { withFolder } from '../tooling/project';
import { bundled } from './command';

const slurm = (id: number, count: number, least = 0, step?: number) => ({
  SLURM_ARRAY_TASK_ID: String(id),
  SLURM_ARRAY_TASK_COUNT: String(count),
  SLURM_ARRAY_TASK_MIN: String(least),
  ...(step === undefined ? {} : { SLURM_ARRAY_TASK_STEP: String(step) }),
});

function refusal(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('Nothing was wrong.');
}

describe('the part of a process', () => {
  test.each([
    ['the flag', '2/4', {}, [2, 4]],
    ['the flag before the scheduler', '1/1', slurm(3, 8), [1, 1]],
    ['Slurm from 0', null, slurm(3, 8), [4, 8]],
    ['Slurm from 1', null, slurm(8, 8, 1), [8, 8]],
    ['Slurm in steps', null, slurm(30, 4, 10, 10), [3, 4]],
    ['Kubernetes', null, { JOB_COMPLETION_INDEX: '0', JOB_COMPLETIONS: '3' }, [1, 3]],
  ] as const)('comes from %s', (_, flag, env, [part, count]) => {
    expect(readShard(flag, env)).toMatchObject({ part, count });
  });

  test.each([[{}], [{ SLURM_ARRAY_TASK_ID: '', JOB_COMPLETION_INDEX: '' }]])(
    'is all where nothing says otherwise (%#)',
    (env) => {
      expect(readShard(null, env)).toBeNull();
    },
  );

  test.each<[string, string | null, Record<string, string>]>([
    ['--shard', '2', {}],
    ['--shard', '0/4', {}],
    ['--shard', '5/4', {}],
    ['--shard', '1/0', {}],
    ['--shard', '1/-4', {}],
    ['SLURM_ARRAY_TASK_COUNT', null, { SLURM_ARRAY_TASK_ID: '1' }],
    ['SLURM_ARRAY_TASK_ID', null, slurm(7, 3, 1)],
    ['SLURM_ARRAY_TASK_ID', null, slurm(5, 3, 0, 2)],
    ['JOB_COMPLETIONS', null, { JOB_COMPLETION_INDEX: '0' }],
    ['JOB_COMPLETIONS', null, { JOB_COMPLETION_INDEX: '3', JOB_COMPLETIONS: '3' }],
  ])('is refused by the name of %s: %j %j', (name, flag, env) => {
    expect(refusal(() => readShard(flag, env))).toContain(name);
  });

  test('holds every run exactly once over all parts, and about as many as any other', () => {
    const cut = fc.integer({ min: 1, max: 60 }).chain((runs) =>
      fc.record({
        items: fc.constant(Array.from({ length: runs }, (_, at) => at)),
        count: fc.integer({ min: 1, max: runs }),
      }),
    );
    fc.assert(
      fc.property(cut, ({ items, count }) => {
        const parts = Array.from({ length: count }, (_, at) =>
          dealt(items, { part: at + 1, count, source: '--shard' }),
        );
        expect(parts.flat().sort((a, b) => a - b)).toEqual(items);
        const sizes = parts.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('must not be empty: a machine with nothing to do is a mistake in the job file', () => {
    const shard = readShard(null, slurm(0, 4))!;
    expect(refusal(() => dealt([1, 2, 3], shard))).toMatch(
      /^SLURM_ARRAY_TASK_ID 0: 3 runs cannot be cut into 4 parts\. --shard 1\/1/,
    );
  });
});

describe('three processes with one folder', () => {
  let search: Awaited<ReturnType<typeof bundled>>;
  let merge: Awaited<ReturnType<typeof bundled>>;
  beforeAll(async () => {
    search = await bundled('search');
    merge = await bundled('merge');
  }, 120_000);

  /** Three arms, two seeds each. */
  const ORDER = [
    '--exp',
    'sweep',
    '--scale',
    'c4-n1-r8-i64-b16',
    '--epochs',
    '8',
    '--seeds',
    '3,4',
  ];
  /** Each told its part in another way. */
  const PARTS = [
    { flags: ['--shard', '1/3'], env: {} },
    { flags: [], env: slurm(1, 3) },
    { flags: [], env: { JOB_COMPLETION_INDEX: '2', JOB_COMPLETIONS: '3' } },
  ];

  test(
    'leave every run once, although one is killed and started again',
    () =>
      withFolder(async (folder) => {
        const out = path.join(folder, 'runs');
        const start = (at: number, onLine?: Parameters<typeof search>[1]) => {
          const { flags, env } = PARTS[at]!;
          const common = [...ORDER, '--workers', '1', '--resume', '--out', out];
          return search([...common, ...flags], { ...onLine, env });
        };
        const [first, killed, third] = await Promise.all([
          start(0),
          start(1, {
            line: (line, child) => {
              if (line.includes('epoch 2/8')) child.kill('SIGKILL');
            },
          }),
          start(2),
        ]);
        expect(first).toMatchObject({ status: 0, stderr: '' });
        expect(first.stdout).toContain('Part 1 of 3, by --shard: 2 runs');
        expect(third).toMatchObject({ status: 0, stderr: '' });
        expect(third.stdout).toContain('Part 3 of 3, by JOB_COMPLETION_INDEX 2: 2 runs');
        expect(killed.status).toBe(137);
        expect(killed.stdout).toContain('Part 2 of 3, by SLURM_ARRAY_TASK_ID 1: 2 runs');

        // Four of six are whole; what the killed one left is told, and nothing is written.
        const early = await merge([out]);
        expect(early.status).toBe(1);
        expect(early.stderr).toMatch(/\.checkpoint: its run is not finished/);
        expect(existsSync(`${out}.json.gz`)).toBe(false);

        const again = await start(1);
        expect(again).toMatchObject({ status: 0, stderr: '' });
        expect(again.stdout).toContain('goes on after epoch');
        const names = readdirSync(out);
        expect(names.filter((name) => name.endsWith('.json'))).toHaveLength(6);
        expect(names).toHaveLength(6);

        const merged = await merge([out]);
        expect(merged).toMatchObject({ status: 0, stderr: '' });
        expect(merged.stdout).toContain('6 runs');
        const { runs } = await readTraceFile(new Uint8Array(await readFile(`${out}.json.gz`)));
        expect(runs).toHaveLength(6);
        const cut = runs.filter(({ events }) => events.some(({ kind }) => kind === 'interrupted'));
        expect(cut).toHaveLength(1);

        // The same run in one go has the same numbers.
        const alone = path.join(folder, 'alone');
        const { seed } = cut[0]!;
        const whole = [...ORDER.with(-1, String(seed)), '--out', alone];
        expect((await search(whole)).status).toBe(0);
        expect((await merge([alone, '--out', path.join(folder, 'alone.json')])).status).toBe(0);
        const other = await readRuns(path.join(folder, 'alone.json'));
        expect(other.map(({ digest }) => digest).sort()).toEqual(
          runs
            .filter((run) => run.seed === seed)
            .map(({ digest }) => digest)
            .sort(),
        );
      }),
    120_000,
  );
});

async function readRuns(file: string): Promise<readonly TraceRun[]> {
  return (await readTraceFile(new Uint8Array(await readFile(file)))).runs;
}
