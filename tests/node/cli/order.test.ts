import { availableParallelism } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { helpText, readFlags, UsageError } from '../../../cli/lib/flags';
import { readOrder, SEARCH, type Order } from '../../../cli/lib/order';
import { resolveConfig } from '../../../src/paper/resolve';
import { DEFAULT_SETTINGS } from '../../../src/paper/regime';
import { withFolder, write } from '../tooling/project';

async function order(...argv: string[]): Promise<Order> {
  const given = readFlags(SEARCH, argv);
  if (given === null) throw new Error('Help was asked for.');
  return readOrder(given);
}

/** What is wrong with these flags. */
async function refusal(...argv: string[]): Promise<string> {
  try {
    await order(...argv);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`Nothing was wrong with ${argv.join(' ')}.`);
}

const OUT = ['--out', 'x'];

describe('what is wrong is named by its flag', () => {
  test.each<[string, string[]]>([
    ['--out', []],
    ['--out', ['--out']],
    ['--out', ['--out', 'x', '--out', 'y']],
    ['--frames', [...OUT, '--frames', '3']],
    ['--epochs', [...OUT, '--epochs', '0']],
    ['--epochs', [...OUT, '--epochs']],
    ['--epochs', [...OUT, '--exp', '7', '--epochs', '500']],
    ['--warmup', [...OUT, '--warmup', '1.5']],
    ['--l2', [...OUT, '--l2=-1']],
    ['--ops', [...OUT, '--ops', 'skip']],
    ['--ops', [...OUT, '--ops', 'skip,5x5']],
    ['--stop', [...OUT, '--stop', 'sc:3x3:10']],
    ['--stop', [...OUT, '--stop', 'ss:3x3:0']],
    ['--stop', [...OUT, '--ops', 'skip,1x1', '--stop', 'ss:3x3']],
    ['--stop', [...OUT, '--exp', '5', '--stop', 'ss:3x3']],
    ['--options', [...OUT, '--options', 'kl']],
    ['--stages', [...OUT, '--method', 'drnas', '--stages']],
    ['--stages', [...OUT, '--exp', 'stages', '--stages']],
    ['--options', [...OUT, '--exp', 'methods', '--options', 'kl']],
    ['--options', [...OUT, '--method', 'drnas', '--options', 'progressive', '--epochs', '3']],
    ['--ops', [...OUT, '--method', 'drnas', '--options', 'progressive', '--ops', '1x1,3x3']],
    ['--eta', [...OUT, '--eta', '0.1']],
    ['--eta', [...OUT, '--method', 'amended-darts', '--eta', 'x']],
    ['--eta', [...OUT, '--exp', 'eta', '--eta', '1']],
    ['--scale', [...OUT, '--scale', 'huge']],
    ['--method', [...OUT, '--method', 'random']],
    ['--swap', [...OUT, '--swap=1']],
    ['--seeds', [...OUT, '--seeds', '4-0']],
    ['--seeds', [...OUT, '--seeds', '']],
    ['--backend', [...OUT, '--backend', 'cuda']],
    ['--workers', [...OUT, '--workers', '0']],
    ['--workers', [...OUT, '--workers', String(availableParallelism() + 1)]],
    ['--workers', [...OUT, '--backend', 'webgpu', '--workers', '1']],
    ['--half', [...OUT, '--half']],
    ['--exp', [...OUT, '--exp', '9']],
    ['--exp', [...OUT, '--exp', 'one']],
    ['--swap', [...OUT, '--exp', '5', '--swap']],
    ['--l2', [...OUT, '--exp', '2', '--l2', '0.1']],
    ['--method', [...OUT, '--exp', '5', '--method', 'gdas']],
    ['--arm', [...OUT, '--arm', 'gdas']],
    ['--arm', [...OUT, '--exp', 'methods', '--arm', 'swapped']],
    ['--method', [...OUT, '--method', 'nas']],
    ['--resume', [...OUT, '--resume=yes']],
    ['--config', [...OUT, '--config', '/nowhere/settings.json']],
  ])('%s: %j', async (flag, argv) => {
    expect(await refusal(...argv)).toContain(flag);
  });

  test('a word that is no flag', async () => {
    expect(await refusal(...OUT, 'tiny')).toContain('"tiny" is no flag');
  });
});

describe('an order', () => {
  test('is five seeds of the baseline unless told otherwise', async () => {
    const { jobs, backend, resume, out } = await order(...OUT);
    expect(jobs.map(({ seed }) => seed)).toEqual([0, 1, 2, 3, 4]);
    expect(jobs[0]!.config).toEqual(resolveConfig(DEFAULT_SETTINGS));
    expect(jobs[0]!.file).toBe(path.resolve('x/baseline-tiny-s0.json'));
    expect({ backend, resume, out }).toEqual({
      backend: 'wasm',
      resume: false,
      out: path.resolve('x'),
    });
  });

  test('reads short and official names of operations', async () => {
    const short = await order(...OUT, '--ops', '3x3, skip,none');
    const official = await order(...OUT, '--ops', 'none,skip_connect,nor_conv_3x3');
    expect(short.jobs).toEqual(official.jobs);
    expect(short.jobs[0]!.config.effective.ops).toEqual(['none', 'skip_connect', 'nor_conv_3x3']);
  });

  test('of some arms of an experiment has their jobs alone', async () => {
    const methods = [...OUT, '--exp', 'methods', '--scale', 'bench', '--seeds', '0'];
    const { jobs } = await order(...methods, '--arm', 'gdas,ex-gaea-bilevel,drnas');
    expect(jobs.map(({ file }) => path.basename(file))).toEqual([
      'drnas-bench-s0.json',
      'gdas-bench-s0.json',
      'ex-gaea-bilevel-bench-s0.json',
    ]);
    expect(jobs[1]!.config).toEqual(
      resolveConfig({ ...DEFAULT_SETTINGS, method: 'gdas', scale: 'bench' }),
    );
  });

  test('of the eta sweep has four weights, and four times the epochs', async () => {
    const { jobs } = await order(...OUT, '--exp', 'eta', '--scale', 'bench', '--seeds', '0');
    expect(jobs.map(({ file }) => path.basename(file))).toEqual([
      'eta-0-bench-s0.json',
      'eta-1-bench-s0.json',
      'eta-.1-bench-s0.json',
      'eta-.01-bench-s0.json',
    ]);
    const frame = { ...DEFAULT_SETTINGS, method: 'amended-darts', scale: 'bench' } as const;
    expect(jobs.map(({ config }) => config)).toEqual([
      resolveConfig({ ...frame, epochs: 200, eta: 0 }),
      resolveConfig({ ...frame, epochs: 200, eta: 1 }),
      resolveConfig({ ...frame, epochs: 200 }),
      resolveConfig({ ...frame, epochs: 200, eta: 0.01 }),
    ]);
    const own = await order(...OUT, '--method', 'amended-darts', '--eta', '0.01');
    expect(own.jobs[0]!.config.effective.eta).toBe(0.01);
    expect(own.jobs[0]!.label).toBe('Amended-DARTS, eta 0.01');
    const kl = await order(...OUT, '--method', 'drnas', '--options', 'kl');
    expect(kl.jobs[0]!.config.effective.options).toEqual(['kl']);
    expect(kl.jobs[0]!.label).toBe('DrNAS, kl');
    const staged = await order(...OUT, '--stages', '--scale', 'bench');
    const arm = await order(...OUT, '--exp', 'stages', '--scale', 'bench');
    expect(staged.jobs).toEqual(arm.jobs);
    expect(arm.jobs[0]!.config.effective.space).toBe('nas-bench-201-stages');
  });

  test('of an experiment has a job for each arm and seed, each with a file of its own', async () => {
    const { jobs } = await order(...OUT, '--exp', '1', '--seeds', '3,5', '--epochs', '2');
    expect(jobs.map(({ label, seed }) => `${label} ${seed}`)).toEqual([
      'warm-up 10 3',
      'warm-up 10 5',
      'warm-up 20 3',
      'warm-up 20 5',
      'warm-up 30 3',
      'warm-up 30 5',
    ]);
    expect(jobs[0]!.config).toEqual(resolveConfig({ ...DEFAULT_SETTINGS, warmup: 10, epochs: 2 }));
    expect(new Set(jobs.map(({ file }) => file)).size).toBe(6);
  });

  test('of Exp.8 searches the three spaces of NAS-Bench-1Shot1 for 500 epochs', async () => {
    const { jobs } = await order(...OUT, '--exp', '8', '--scale', 'bench', '--seeds', '0');
    expect(jobs.map(({ file }) => path.basename(file))).toEqual([
      '1shot1-space-1-bench-s0.json',
      '1shot1-space-2-bench-s0.json',
      '1shot1-space-3-bench-s0.json',
    ]);
    jobs.forEach(({ config: { effective } }, at) => {
      expect(effective.space).toBe(`nas-bench-1shot1-${at + 1}`);
      expect([effective.epochs, effective.stepsPerEpoch]).toEqual([500, 64]);
      expect(effective.weights.decay).toBe(3e-4);
      expect(effective.weights.schedule).toBe('cosine');
    });
  });

  test('from a file is the same as from flags, which count more', () =>
    withFolder(async (folder) => {
      const settings = {
        scale: 'c4-n1-r8-i64-b16',
        epochs: 3,
        swap: true,
        warmup: 1,
        l2: 0.01,
        ops: ['skip', 'nor_conv_1x1'],
        method: 'darts-v1',
        seeds: [1, 2],
        backend: 'wasm',
        workers: 1,
        out: 'x',
      };
      write(folder, { 'settings.json': JSON.stringify(settings) });
      const config = ['--config', path.join(folder, 'settings.json')];
      const flags = ['--scale', 'c4-n1-r8-i64-b16', '--epochs', '3', '--swap', '--warmup', '1'];
      flags.push('--l2', '0.01', '--ops', 'skip,1x1', '--seeds', '1,2', '--workers', '1', ...OUT);
      expect(await order(...config)).toEqual(await order(...flags));
      const { jobs } = await order(...config, '--seeds', '9', '--epochs', '4');
      expect(jobs.map(({ seed, config: { effective } }) => [seed, effective.epochs])).toEqual([
        [9, 4],
      ]);
    }));

  test.each([
    ['{"epoch": 3}', '$.epoch is not a key'],
    ['{"epochs": "3"}', '$.epochs must be'],
    ['{"epochs": 0}', '$.epochs: Epochs: must be'],
    ['{"swap": 1}', '$.swap must be'],
    ['{"ops": ["skip", "5x5"]}', '$.ops: Operations'],
    ['{"seeds": [1.5]}', '$.seeds: Seeds'],
    ['{"backend": "cuda"}', '$.backend: must be one of'],
    ['{"exp": 1, "l2": 1}', '$.l2'],
    ['[]', 'must be an object'],
    ['{"epochs": 3', 'is not JSON'],
  ])('a file %s is refused with its path', (text, reason) =>
    withFolder(async (folder) => {
      write(folder, { 'settings.json': text });
      const file = path.join(folder, 'settings.json');
      const message = await refusal(...OUT, '--config', file);
      expect(message).toContain(`--config: ${file}`);
      expect(message).toContain(reason);
    }),
  );
});

test('the help names every flag', () => {
  const help = helpText(SEARCH);
  for (const flag of [...Object.keys(SEARCH.flags), 'help']) expect(help).toContain(`--${flag}`);
  expect(readFlags(SEARCH, ['--help'])).toBeNull();
  expect(readFlags(SEARCH, ['-h', '--epochs', '0'])).toBeNull();
});
