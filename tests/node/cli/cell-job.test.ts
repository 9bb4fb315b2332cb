import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { carryOutCell, type CellJob } from '../../../cli/lib/cell-job';
import { readCellCheckpoint, removeCellCheckpoint } from '../../../cli/lib/cell-checkpoint';
import { loadCellData, openHostDevice } from '../../../cli/lib/host';
import type { StandAloneData } from '../../../src/data/stand-alone-data';
import type { Device } from '../../../src/engine/device';
import { scaleByName } from '../../../src/paper/scale';
import { resolveStandAlone } from '../../../src/paper/stand-alone';
import type { StandAloneResult } from '../../../src/trace/stand-alone';
import { without } from '../../../src/trace/without';
import { withFolder } from '../tooling/project';

/* A cell's training in the command line: cut off wherever, it ends in the same numbers. */

const SCALE = scaleByName('c2-n1-r8-i16-b16');
const ARCH =
  '|nor_conv_3x3~0|+|skip_connect~0|avg_pool_3x3~1|+|none~0|nor_conv_1x1~1|skip_connect~2|';
const JOB: CellJob = {
  ...{ arch: ARCH, seed: 3, config: resolveStandAlone('short', SCALE, null) },
  until: Infinity,
};

let device: Device;
let data: StandAloneData;

beforeAll(async () => {
  device = await openHostDevice('wasm');
  data = await loadCellData(SCALE);
});

/** All but the time that it took. */
const numbers = (result: StandAloneResult) => without(without(result, 'seconds'), 'createdAt');

/** Time is up behind every epoch: one a call. */
async function inPieces(
  folder: string,
  job = JOB,
): Promise<{ result: StandAloneResult; calls: number }> {
  for (let calls = 1; ; calls++) {
    const result = await carryOutCell({ ...job, until: 0 }, device, data, { folder, every: 1e9 });
    if (result !== null) return { result, calls };
  }
}

test('cut off behind every epoch, it equals one that never was, to the bit', () =>
  withFolder(async (folder) => {
    const whole = await carryOutCell(JOB, device, data, { folder, every: 1e9 });
    expect(readdirSync(folder)).toEqual([]);
    const { result, calls } = await inPieces(folder);
    expect(numbers(result)).toEqual(numbers(whole!));
    expect(result.epochs).toHaveLength(12);
    expect(calls).toBe(12);
    await removeCellCheckpoint(folder, result);
    expect(readdirSync(folder)).toEqual([]);
  }));

test('cut off in its test, it is tested from the checkpoint behind its last epoch', () =>
  withFolder(async (folder) => {
    const whole = await carryOutCell(JOB, device, data, { folder, every: 0 });
    const { configDigest } = whole!;
    const left = await readCellCheckpoint(folder, { ...JOB, configDigest });
    expect(left!.epochs).toEqual(whole!.epochs);
    const again = await carryOutCell(JOB, device, data, { folder, every: 0 });
    expect(numbers(again!)).toEqual(numbers(whole!));
  }));

test('a checkpoint is of one cell, one seed and one device alone', () =>
  withFolder(async (folder) => {
    const keeping = { folder, every: 1e9 };
    const once = { ...JOB, until: 0 };
    expect(await carryOutCell(once, device, data, keeping)).toBeNull();
    const [name] = readdirSync(folder);
    const file = path.join(folder, name!);
    // Another seed begins at its first epoch, with a checkpoint of its own.
    expect(await carryOutCell({ ...once, seed: 4 }, device, data, keeping)).toBeNull();
    expect(readdirSync(folder)).toHaveLength(2);

    // Left by another device: begun anew, and the same in the end as on this one alone.
    const text = readFileSync(file, 'latin1');
    writeFileSync(file, text.replace('"backend":"wasm"', '"backend":"webgpu"'), 'latin1');
    expect(await carryOutCell(once, device, data, keeping)).toBeNull();
    const { configDigest } = (await carryOutCell(JOB, device, data, keeping))!;
    const left = await readCellCheckpoint(folder, { ...JOB, configDigest });
    expect(left).toMatchObject({ environment: { backend: 'wasm' }, epochs: { length: 1 } });
  }));

test.each([
  ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 4), /its tensors were damaged/],
  ['changed', (bytes: Buffer) => bytes.fill(7, bytes.length - 8), /its tensors were damaged/],
  [
    'without its line',
    (bytes: Buffer) => bytes.subarray(bytes.indexOf('\n') + 1),
    /cannot be used/,
  ],
  [
    'of another training',
    (bytes: Buffer) =>
      Buffer.from(bytes.toString('latin1').replace('"seed":3', '"seed":5'), 'latin1'),
    /it is of .*, seed 5/,
  ],
])('a checkpoint that is %s is refused by its name', (_, damage, reason) =>
  withFolder(async (folder) => {
    const keeping = { folder, every: 1e9 };
    await carryOutCell({ ...JOB, until: 0 }, device, data, keeping);
    const file = path.join(folder, readdirSync(folder)[0]!);
    writeFileSync(file, damage(readFileSync(file)));
    const again = carryOutCell(JOB, device, data, keeping);
    await expect(again).rejects.toThrow(reason);
    await expect(again).rejects.toThrow(file);
  }),
);
