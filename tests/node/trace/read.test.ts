import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configDigest, runDigest } from '../../../src/trace/digest';
import { TraceError } from '../../../src/trace/error';
import { readTrace } from '../../../src/trace/read';
import { TRACE_VERSION, type EpochRecord, type TraceRun } from '../../../src/trace/types';
import { writeTrace } from '../../../src/trace/write';
import { syntheticRun, syntheticUid } from '../../support/synthetic-run';
import { arbitraryRun } from './arbitrary';

const run = await syntheticRun({ seed: 1, epochs: 4, settings: { warmup: 1 } });
const good = writeTrace([run]);

async function refusal(text: string, options?: { maxBytes: number }) {
  try {
    await readTrace(text, options);
  } catch (error) {
    if (error instanceof TraceError) return { path: error.path, reason: error.reason };
    throw error;
  }
  return 'accepted';
}

/** The document of one run with its JSON changed; the digests are made right again. */
async function resealed(
  change: Partial<Record<keyof TraceRun, unknown>>,
  version = 1,
): Promise<string> {
  const changed = { ...run, ...change } as TraceRun;
  const digest = await runDigest(changed);
  const sealed = { ...changed, configDigest: await configDigest(changed), digest };
  return JSON.stringify({ format: 'alphascope-trace', version, runs: [sealed] });
}

function withRecord(at: number, change: Partial<Record<keyof EpochRecord, unknown>>) {
  const epochs = run.epochs.map((record, index) =>
    index === at ? { ...record, ...change } : record,
  );
  return resealed({ epochs });
}

describe('a document that is no trace', () => {
  test.each([
    ['', 'is not JSON'],
    ['{"format":"alphascope-trace"', 'is not JSON'],
    ['['.repeat(200_000), 'is not JSON'],
  ])('not JSON (%#)', async (text, reason) => {
    expect(await refusal(text)).toEqual({ path: '$', reason: containing(reason) });
  });

  test.each(['null', '3', '"text"', '[]', '{}', '{"format":"excalidraw","version":1}'])(
    '%s',
    async (text) => {
      expect(await refusal(text)).toEqual({
        path: '$.format',
        reason: 'must be "alphascope-trace"; this is no Alphascope trace',
      });
    },
  );

  test.each([
    ['3', 'is 3: made by a newer version of Alphascope, this one reads up to 2'],
    ['0', 'must be 1 or 2'],
    ['"1"', 'must be 1 or 2'],
    ['null', 'must be 1 or 2'],
  ])('version %s', async (version, reason) => {
    const text = `{"format":"alphascope-trace","version":${version},"runs":[]}`;
    expect(await refusal(text)).toEqual({ path: '$.version', reason });
  });

  test('nested two hundred thousand levels deep', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const text = `{"format":"alphascope-trace","version":1,"runs":[${deep}]}`;
    expect(await refusal(text)).toEqual({
      path: '$.runs[0].uid',
      reason: 'is missing',
    });
  });

  test('too large, counted in bytes', async () => {
    const bytes = new TextEncoder().encode(good).length;
    expect(bytes).toBeGreaterThan(good.length - 1);
    expect(await refusal(good, { maxBytes: bytes })).toBe('accepted');
    expect(await refusal(good, { maxBytes: bytes - 1 })).toEqual({
      path: '$',
      reason: `is too large: at most ${bytes - 1} bytes are read`,
    });
    const wide = JSON.stringify('é'.repeat(100));
    expect(await refusal(wide, { maxBytes: 150 })).toMatchObject({ path: '$' });
    expect(await refusal(wide, { maxBytes: 202 })).toMatchObject({ path: '$.format' });
  });
});

describe('hostile keys', () => {
  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'extra'])(
    '%s is refused wherever it stands',
    async (key) => {
      const member = `${JSON.stringify(key)}:{"polluted":true},`;
      const at = (mark: string) => good.replace(mark, mark.slice(0, 1) + member + mark.slice(1));
      const reason = 'is not a key of this format';
      const place = /^[A-Za-z]/.test(key) ? `.${key}` : `["${key}"]`;
      expect(await refusal(at('{"format"'))).toEqual({ path: `$${place}`, reason });
      expect(
        await refusal(at('{"configDigest"').replace('{"config"', `{${member}"config"`)),
      ).toEqual({
        path: containing(place),
        reason,
      });
      expect(await refusal(good.replace('{"accAlpha"', `{${member}"accAlpha"`))).toEqual({
        path: `$.runs[0].epochs[0]${place}`,
        reason,
      });
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    },
  );
});

describe('a value that is wrong', () => {
  test.each<[string, Partial<Record<keyof EpochRecord, unknown>>, string, string]>([
    ['null', { lossTrain: null }, 'lossTrain', 'must be a finite number, not null'],
    ['text', { lossTrain: '1' }, 'lossTrain', 'must be a finite number, not "1"'],
    ['negative', { lossTrain: -1 }, 'lossTrain', 'must be at least 0, not -1'],
    ['over one', { accValid: 1.5 }, 'accValid', 'must be at most 1, not 1.5'],
    ['a fraction', { epoch: 2.5 }, 'epoch', 'must be a whole number, not 2.5'],
    ['a gap', { epoch: 4 }, 'epoch', 'must be 3, not 4: epochs count from 1 without a gap'],
    ['another phase', { phase: 'warmup' }, 'phase', 'must be joint: alpha is trained in epoch 3'],
    ['no phase', { phase: 'x' }, 'phase', 'must be ("warmup" | "joint"), not "x"'],
    ['L2 not in force', { l2: 1 }, 'l2', 'must be 0.001, what is in force, not 1'],
    ['no alpha loss', { lossAlpha: null }, 'lossAlpha', 'must be a number while alpha is trained'],
    [
      'five edges',
      { alpha: run.epochs[2]!.alpha.slice(1) },
      'alpha',
      'must have a length of at least 6, not 5',
    ],
    [
      'a column short',
      { alpha: run.epochs[2]!.alpha.map((row, edge) => (edge === 4 ? row.slice(1) : row)) },
      'alpha[4]',
      'has 4 values on edge 3<-1; the run has 5 operations',
    ],
    [
      'six columns',
      { alpha: run.epochs[2]!.alpha.map((row) => [...row, 0]) },
      'alpha[0]',
      'has 6 values on edge 1<-0; the run has 5 operations',
    ],
    [
      'seven columns',
      { alpha: run.epochs[2]!.alpha.map((row) => [...row, 0, 0]) },
      'alpha[0]',
      'must have a length of at most 6, not 7',
    ],
    ['a cell', { arch: run.epochs[0]!.arch }, 'arch', 'is not the cell that alpha gives'],
    ['no cell', { arch: '|<script>|' }, 'arch', 'is not the cell that alpha gives'],
    [
      'steps out of order',
      { steps: run.epochs[2]!.steps.toReversed() },
      'steps[1].step',
      'must be in 33..32, not 24',
    ],
    [
      'nine steps',
      { steps: Array(9).fill(run.epochs[2]!.steps[0]) },
      'steps',
      'must have a length of at most 8, not 9',
    ],
  ])('%s', async (_, change, place, reason) => {
    expect(await refusal(await withRecord(2, change))).toEqual({
      path: `$.runs[0].epochs[2].${place}`,
      reason: containing(reason),
    });
  });

  test('a number that overflows', async () => {
    const text = good.replace(/"lossTrain":[^,]+/, '"lossTrain":1e999');
    expect(await refusal(text)).toEqual({
      path: '$.runs[0].epochs[0].lossTrain',
      reason: 'must be a finite number, not Infinity',
    });
  });

  test('an eta of a method that has none, or that is the method’s own', async () => {
    const withEta = (method: string, eta: number) => {
      const { paper, effective } = run.config;
      const change = { method, eta };
      return resealed({
        config: { paper: { ...paper, ...change }, effective: { ...effective, ...change } },
      });
    };
    const path = '$.runs[0].config.effective.eta';
    expect(await refusal(await withEta('darts-v1', 0.01))).toEqual({
      path,
      reason: 'is unknown to the method',
    });
    expect(await refusal(await withEta('amended-darts', 0.1))).toEqual({
      path,
      reason: containing('is the method’s own'),
    });
    expect(await refusal(await withEta('amended-darts', 0.01))).toBe('accepted');
  });

  test('options that the method does not have, or twice', async () => {
    const withOptions = (method: string, options: readonly string[]) => {
      const { paper, effective } = run.config;
      const change = { method, options };
      const config = { paper: { ...paper, ...change }, effective: { ...effective, ...change } };
      return resealed({ config }, TRACE_VERSION);
    };
    const path = '$.runs[0].config.effective.options';
    expect(await refusal(await withOptions('darts-v1', ['kl']))).toEqual({
      path,
      reason: 'must name options of darts-v1, each once and in order: none',
    });
    expect(await refusal(await withOptions('drnas', ['kl', 'kl']))).toEqual({
      path,
      reason: containing('each once'),
    });
    expect(await refusal(await withOptions('drnas', ['kl']))).toBe('accepted');
  });

  test('a progressive search that could not have been one', async () => {
    const progressive = async (change: object = {}) => {
      const settings = { method: 'drnas', options: ['progressive'], epochs: 4 } as const;
      const made = await syntheticRun({ seed: 1, epochs: 4, settings });
      const { paper, effective } = made.config;
      const config = { paper: { ...paper, ...change }, effective: { ...effective, ...change } };
      const head = { ...made, config };
      const sealed = { ...head, digest: await runDigest(head) };
      return refusal(writeTrace([sealed]));
    };
    const path = '$.runs[0].config.effective';
    expect(await progressive()).toBe('accepted');
    expect(await progressive({ epochs: 3 })).toEqual({
      path: `${path}.epochs`,
      reason: containing('needs at least 4, not 3'),
    });
    expect(await progressive({ ops: ['none', 'skip_connect'] })).toEqual({
      path: `${path}.ops`,
      reason: containing('needs more than 2'),
    });
    expect(await progressive({ hessian: true })).toEqual({
      path: `${path}.hessian`,
      reason: 'is not measured in a progressive search',
    });
  });

  test('alphas for each stage where the method has none', async () => {
    const withSpace = (change: object, version?: number) => {
      const { paper, effective } = run.config;
      const staged = { space: 'nas-bench-201-stages', ...change };
      const config = { paper: { ...paper, ...staged }, effective: { ...effective, ...staged } };
      return resealed({ config, epochs: [] }, version);
    };
    const path = '$.runs[0].config.effective.space';
    expect(await refusal(await withSpace({ method: 'gdas' }, TRACE_VERSION))).toEqual({
      path,
      reason: 'has alphas for each stage: only darts-v1 searches with them, not gdas',
    });
    expect(await refusal(await withSpace({}, TRACE_VERSION))).toBe('accepted');
    expect(await refusal(await withSpace({}))).toMatchObject({
      path: '$.runs[0].config.paper.space',
    });
  });

  test('more epochs than the run has', async () => {
    const epochs = [...run.epochs, { ...run.epochs[3]!, epoch: 5 }];
    expect(await refusal(await resealed({ epochs }))).toEqual({
      path: '$.runs[0].epochs[4]',
      reason: 'is epoch 5 of a run of 4 (warm-up + joint)',
    });
  });

  test.each<[string, Partial<Record<keyof TraceRun, unknown>>, string, string]>([
    ['uid', { uid: 'run-1' }, 'uid', 'is no UUID in lower case: "run-1"'],
    ['seed', { seed: -1 }, 'seed', 'must be at least 0, not -1'],
    ['name', { name: '' }, 'name', 'must have a length of at least 1, not 0'],
    ['long name', { name: 'x'.repeat(201) }, 'name', 'must have a length of at most 200, not 201'],
    ['date', { createdAt: 'yesterday' }, 'createdAt', 'is no UTC time such as'],
    ['state', { state: 'gone' }, 'state', 'not "gone"'],
    ['events', { events: {} }, 'events', 'must be an array, not Object'],
    ['data', { data: null }, 'data', 'must be an object, not null'],
    [
      'events beyond counting',
      { events: Array(10_001).fill(run.events[0]) },
      'events',
      'must have a length of at most 10000, not 10001',
    ],
  ])('%s', async (_, change, place, reason) => {
    const text = JSON.stringify({
      format: 'alphascope-trace',
      version: 1,
      runs: [run, { ...run, ...change }],
    });
    expect(await refusal(text)).toEqual({
      path: `$.runs[1].${place}`,
      reason: containing(reason),
    });
  });

  test('half a surrogate pair in a name', async () => {
    const text = good.replace(`"name":"${run.name}"`, '"name":"\\ud800"');
    expect(await refusal(text)).toEqual({
      path: '$.runs[0].name',
      reason: containing('has half of a surrogate pair'),
    });
  });

  test('one uid twice', async () => {
    const text = JSON.stringify({ format: 'alphascope-trace', version: 1, runs: [run, run] });
    expect(await refusal(text)).toEqual({
      path: '$.runs[1].uid',
      reason: 'is that of run 0 in the same file, too',
    });
  });
});

describe('digests', () => {
  test('a changed number is caught', async () => {
    const changed = { ...run.epochs[1]!, lossTrain: 0.5 };
    const text = JSON.stringify({
      format: 'alphascope-trace',
      version: 1,
      runs: [{ ...run, epochs: run.epochs.with(1, changed) }],
    });
    expect(await refusal(text)).toEqual({
      path: '$.runs[0].digest',
      reason: 'does not match the run: a number was changed after training',
    });
  });

  test('a changed alpha that changes the cell is named to the epoch', async () => {
    const alpha = run.epochs[1]!.alpha.map((row) => row.map((value) => -value));
    const text = JSON.stringify({
      format: 'alphascope-trace',
      version: 1,
      runs: [{ ...run, epochs: run.epochs.with(1, { ...run.epochs[1]!, alpha }) }],
    });
    expect(await refusal(text)).toMatchObject({ path: '$.runs[0].epochs[1].arch' });
  });

  test('a foreign configuration digest is caught', async () => {
    const text = good.replace(run.configDigest, '0'.repeat(64));
    expect(await refusal(text)).toEqual({
      path: '$.runs[0].configDigest',
      reason: 'does not match the configuration',
    });
  });

  test('a new name, state and clock are not a change', async () => {
    const epochs = run.epochs.map((record) => ({ ...record, seconds: 7 }));
    const text = JSON.stringify({
      format: 'alphascope-trace',
      version: 1,
      runs: [{ ...run, name: 'mine', state: 'error', epochs }],
    });
    expect(await refusal(text)).toBe('accepted');
  });
});

test('whatever is done to one value of a trace, it is read or refused with a TraceError', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryRun, fc.nat(), fc.jsonValue(), async (made, where, value) => {
      const document = JSON.parse(writeTrace([await made])) as unknown;
      const places = placesOf(document);
      const [holder, key] = places[where % places.length]!;
      Object.defineProperty(holder, key, { value, enumerable: true, writable: true });
      const outcome = await refusal(JSON.stringify(document));
      expect(outcome === 'accepted' || outcome.path.startsWith('$')).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('a run of another uid is another run', async () => {
  const other = await syntheticRun({ seed: 1, epochs: 4, uid: syntheticUid(77) });
  const { runs } = await readTrace(writeTrace([run, other]));
  expect(new Set(runs.map(({ uid }) => uid)).size).toBe(2);
});

function placesOf(value: unknown): [object, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [
    [value, key] as [object, string],
    ...placesOf(item),
  ]);
}

function containing(text: string): unknown {
  return expect.stringContaining(text);
}
