import { expect, test } from 'vitest';
import { officialName, officialNames, SHORT_ALIAS } from '../../../src/paper/alias';
import { OPERATIONS } from '../../../src/paper/operation';

test('short and official names mean the same', () => {
  for (const operation of OPERATIONS) {
    expect(officialName(SHORT_ALIAS[operation])).toBe(operation);
    expect(officialName(operation)).toBe(operation);
  }
  expect(officialNames('skip, 3x3 ,avg_pool_3x3')).toBe('skip_connect,nor_conv_3x3,avg_pool_3x3');
});

test('what is no name stays as it is', () => {
  expect(officialNames('constructor,5x5')).toBe('constructor,5x5');
});
