import { describe, expect, it } from 'vitest';
import { armByKey } from '../../../src/paper/experiment/arm';
import { EXPERIMENTS } from '../../../src/paper/experiment/experiments';
import {
  PRINTED_COLUMNS,
  PRINTED_TABLE_1,
  PRINTED_TABLE_2,
  PRINTED_TABLE_3,
  PRINTED_WEIGHT_RATES,
  printedResilience,
} from '../../../src/paper/printed';
import { TABLE_3_RULES } from '../../../src/paper/stop/registry';

describe('the paper’s tables', () => {
  it('have their rows and columns', () => {
    expect(PRINTED_TABLE_1).toHaveLength(13);
    expect(PRINTED_TABLE_2).toHaveLength(18);
    expect(PRINTED_TABLE_3).toHaveLength(10);
    for (const { accuracies } of [...PRINTED_TABLE_1, ...PRINTED_TABLE_2]) {
      expect(accuracies).toHaveLength(PRINTED_COLUMNS.length);
    }
    for (const row of PRINTED_TABLE_3) {
      expect(row.cifar10).toHaveLength(PRINTED_WEIGHT_RATES.length);
    }
  });

  it('hold DARTS-V1’s all-skip cell, without spread', () => {
    const row = PRINTED_TABLE_1.find(({ method }) => method === 'DARTS-V1')!;
    expect(row.accuracies.map((accuracy) => accuracy!.mean)).toEqual([
      39.77, 54.3, 15.03, 15.61, 16.43, 16.32,
    ]);
    expect(row.accuracies.every((accuracy) => accuracy!.std === 0)).toBe(true);
  });

  it('agree with what the experiments quote', () => {
    const test = PRINTED_COLUMNS.indexOf('CIFAR-10 test');
    const quoted = EXPERIMENTS.flatMap(({ printed }) => printed);
    expect(quoted).toHaveLength(15);
    for (const { arm, source, mean, std } of quoted) {
      const [table, method] = source.split(', ');
      if (table === 'table 3') {
        const row = PRINTED_TABLE_3.find((candidate) => candidate.method === method)!;
        const at = PRINTED_WEIGHT_RATES.findIndex(
          (rate) => rate === armByKey(arm).values.weightRate,
        );
        expect(row.cifar10[at]).toEqual({ mean, std });
        continue;
      }
      const rows = table === 'table 1' ? PRINTED_TABLE_1 : PRINTED_TABLE_2;
      // Of several protocols table 2 prints that of the paper's own runs first.
      const row = rows.find((candidate) => candidate.method === method)!;
      expect(row.accuracies[test]).toEqual({ mean, std });
    }
  });

  it('give every rule of table 3 its row', () => {
    expect(TABLE_3_RULES.map(({ key }) => printedResilience(key)?.method)).toEqual(
      PRINTED_TABLE_3.map(({ method }) => method).filter(
        (method) => method !== 'DARTS-ES' && method !== 'optimal',
      ),
    );
    expect(printedResilience('ss-eq13-nor_conv_3x3')!.cifar10[2]).toEqual({
      mean: 93.43,
      std: 0.98,
    });
    expect(printedResilience('line-20')).toBeUndefined();
  });
});
