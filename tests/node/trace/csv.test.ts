import { expect, test } from 'vitest';
import { EDGES } from '../../../src/paper/cell';
import { operationMagnitude, softmaxRows } from '../../../src/paper/magnitude';
import { writeCsv } from '../../../src/trace/csv';
import { syntheticRun } from '../../support/synthetic-run';

const HEADER = 'uid,seed,regime,epoch,phase,edge,operation,alpha,softmax,magnitude';

test('no runs give the header alone', () => {
  expect(writeCsv([])).toBe(`${HEADER}\r\n`);
});

test('has one row per epoch, edge and operation, with the stored numbers', async () => {
  const run = await syntheticRun({
    seed: 5,
    epochs: 3,
    settings: { warmup: 1, ops: ['skip_connect', 'nor_conv_3x3'] },
  });
  const lines = writeCsv([run]).split('\r\n');
  expect(lines[0]).toBe(HEADER);
  expect(lines.at(-1)).toBe('');
  expect(lines).toHaveLength(1 + 3 * 6 * 2 + 1);

  const record = run.epochs[2]!;
  const row = lines.find((line) => line.includes(',3,joint,2<-1,nor_conv_3x3,'))!.split(',');
  expect(row.slice(0, 2)).toEqual([run.uid, '5']);
  expect(row.slice(-3).map(Number)).toEqual([
    record.alpha[2]![1],
    softmaxRows(record.alpha)[2]![1],
    operationMagnitude(record.alpha)[1],
  ]);
  expect(lines.filter((line) => line.includes(',1,warmup,'))).toHaveLength(EDGES.length * 2);
});

test.each([
  ['plain name', 'plain name'],
  ['a, b', '"a, b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ['+1', "'+1"],
  ['-1+2', "'-1+2"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['\r=1', `"'\r=1"`],
])('the name %j is written as %j', async (name, cell) => {
  const run = await syntheticRun({ seed: 5, epochs: 1, name });
  expect(writeCsv([run]).slice(HEADER.length + 2)).toMatch(
    new RegExp(`^${run.uid},5,${escape(cell)},1,joint,`),
  );
});

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
