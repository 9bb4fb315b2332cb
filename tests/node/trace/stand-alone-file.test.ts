import { expect, test } from 'vitest';
import { validateResult } from '../../../src/trace/stand-alone';
import { writeResultsCsv, writeResultsJson } from '../../../src/trace/stand-alone-file';
import { syntheticResult } from '../../support/synthetic-result';

const ARCH = '|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|';

test('the JSON has all that was stored', async () => {
  const results = [
    await syntheticResult({ arch: ARCH }),
    await syntheticResult({ arch: ARCH, seed: 1 }),
  ];
  const read = JSON.parse(writeResultsJson(results)) as { format: string; results: unknown[] };
  expect(read.format).toBe('alphascope-stand-alone');
  expect(await Promise.all(read.results.map((result) => validateResult(result)))).toEqual(results);
});

const ONE_SHOT =
  '|conv3x3-bn-relu~0|+|maxpool3x3~1|+|conv1x1-bn-relu~1~2|+|maxpool3x3~0~3|+|output~2~4|';

test('a cell of another space has its space and no index, and is checked as one of it', async () => {
  const space = 'nas-bench-1shot1-2';
  const arch =
    '|maxpool3x3~0|+|conv3x3-bn-relu~1|+|maxpool3x3~0~1|+|conv1x1-bn-relu~1~2|+|output~0~3~4|';
  const result = await syntheticResult({ arch });
  expect(result.config.space).toBe(space);
  expect(await validateResult(result)).toEqual(result);
  const [head, row] = writeResultsCsv([result]).split('\r\n');
  expect(head!.endsWith(',space')).toBe(true);
  expect(row!.startsWith(`${arch},,0,`)).toBe(true);
  expect(row!.endsWith(`,${space}`)).toBe(true);
  await expect(validateResult({ ...result, arch: ONE_SHOT })).rejects.toThrow(
    '$.arch Not a cell: the output has 2 parents',
  );
  await expect(validateResult({ ...result, arch: ARCH })).rejects.toThrow('Not a cell: 3 groups');
});

test('the CSV has a row per cell and seed, numbers in full', async () => {
  const result = await syntheticResult({ arch: ARCH, seed: 2, accuracy: 1 / 3 });
  const [head, row, ...rest] = writeResultsCsv([result]).split('\r\n');
  const cells = Object.fromEntries(head!.split(',').map((name, at) => [name, row!.split(',')[at]]));
  expect(cells).toMatchObject({
    arch: ARCH,
    index: '11472',
    seed: '2',
    test_accuracy: String(1 / 3),
    scale: 'tiny',
    schedule: 'short',
    epochs: '12',
    train_loss: String(result.epochs.at(-1)!.loss),
  });
  // A comma in a text is no end of a cell.
  expect(row).toContain('cpu,"none, synthetic",test,');
  expect(row!.endsWith(`,${result.configDigest},nas-bench-201`)).toBe(true);
  expect(rest).toEqual(['']);
});
