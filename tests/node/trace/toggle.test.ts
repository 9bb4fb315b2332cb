import { expect, test } from 'vitest';
import { liveAt } from '../../../src/trace/toggle';
import { syntheticHead } from '../../support/synthetic-run';

const { config } = await syntheticHead({ seed: 0, epochs: 10, settings: { warmup: 3 } });
const frozen = (toggles: Parameters<typeof liveAt>[1]) =>
  Array.from({ length: 6 }, (_, at) =>
    liveAt(config.effective, toggles, at + 1).frozen ? 'f' : '-',
  ).join('');

test('without toggles alpha is frozen in the warm-up only', () => {
  expect(frozen([])).toBe('fff---');
});

test('a freeze by hand holds until the next one', () => {
  expect(frozen([{ fromEpoch: 2, frozen: false }])).toBe('f-----');
  expect(frozen([{ fromEpoch: 2, frozen: true }])).toBe('ffffff');
  expect(
    frozen([
      { fromEpoch: 5, frozen: true },
      { fromEpoch: 6, frozen: false },
    ]),
  ).toBe('fff-f-');
});

test('each part holds from the toggle that set it last, other parts untouched', () => {
  const toggles = [
    { fromEpoch: 2, swap: true },
    { fromEpoch: 4, l2: 0.5 },
    { fromEpoch: 5, swap: false },
  ];
  expect(liveAt(config.effective, toggles, 1)).toEqual({ swap: false, l2: 1e-3, frozen: true });
  expect(liveAt(config.effective, toggles, 4)).toEqual({ swap: true, l2: 0.5, frozen: false });
  expect(liveAt(config.effective, toggles.toReversed(), 6)).toEqual({
    swap: false,
    l2: 0.5,
    frozen: false,
  });
});
