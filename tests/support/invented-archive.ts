import { CELL_COUNT } from '../../src/paper/benchmark-index';
import { spaceOf } from '../../src/paper/space/registry';
import { BENCHMARK_COLUMNS } from '../../src/paper/table/table';
import type { Archive, ArchivedCheckpoint } from '../../src/trace/archive';
import { tableDigest } from '../../src/trace/digest';
import type { TraceRun } from '../../src/trace/types';
import { syntheticResult } from './synthetic-result';
import { syntheticRun } from './synthetic-run';

/** An INVENTED state of training that fits this run in all that can be told without an engine. */
export function inventedCheckpoint({ uid, config, epochs }: TraceRun): ArchivedCheckpoint {
  const { effective } = config;
  const rows = spaceOf(effective).rows(effective.ops);
  const alphas = rows.reduce((sum, { columns }) => sum + columns.length, 0);
  const values = (length: number, from: number) =>
    Float32Array.from({ length }, (_, at) => Math.sin(from + at));
  return {
    uid,
    epoch: epochs.length,
    scalars: { alphaSteps: 7 * epochs.length },
    tensors: {
      weights: values(40, 1),
      momentum: values(40, 2),
      alpha: values(alphas, 3),
      first: values(alphas, 4),
      second: values(alphas, 5),
    },
  };
}

const ARCH =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|none~2|';

/**
 * An INVENTED archive with something of everything: a finished run and one that was cut off with its
 * checkpoint, a result of a cell, a cell that was cut off, and a table.
 */
export async function inventedArchive(): Promise<Archive> {
  const settings = { scale: 'c4-n1-r8-i100' } as const;
  const done = await syntheticRun({ seed: 1, epochs: 2, settings });
  const cut = await syntheticRun({
    seed: 2,
    epochs: 2,
    settings: { ...settings, epochs: 5 },
    state: 'running',
  });
  const result = await syntheticResult({ arch: ARCH });
  const { arch, configDigest, environment, epochs } = result;
  const content = {
    name: 'a few',
    cells: 2,
    folding: null,
    columns: [BENCHMARK_COLUMNS[1]!],
    values: [Float64Array.from({ length: CELL_COUNT }, (_, at) => [90.5, 100 / 3][at] ?? NaN)],
  };
  return {
    runs: [done, cut],
    checkpoints: [inventedCheckpoint(cut)],
    cells: [result],
    cellCheckpoints: [
      {
        arch,
        seed: 1,
        configDigest,
        environment,
        seconds: 12.5,
        epochs: epochs.slice(0, 2),
        tensors: {
          weights: new Float32Array([1, -0.5, 2 ** -140]),
          momentum: new Float32Array([0, 0.1, -0]),
          running: new Float32Array([1]),
        },
      },
    ],
    tables: [
      {
        ...content,
        id: await tableDigest(content),
        source: 'a few.csv',
        addedAt: '2026-01-02T12:00:00.000Z',
      },
    ],
  };
}
