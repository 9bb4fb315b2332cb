import { expect, test } from 'vitest';
import { bytes, count, duration, grouped, pace, rate } from '../../../src/view/format';

test.each([
  [0.4, 'under a second'],
  [12.4, '12 s'],
  [59.6, '1 min'],
  [200, '3 min 20 s'],
  [3599.7, '1 h'],
  [7500, '2 h 5 min'],
])('%d seconds', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test.each([
  [12, '12 B'],
  [790_800, '791 kB'],
  [999_600, '1 MB'],
  [140e6, '140 MB'],
  [10.7e9, '10.7 GB'],
])('%d bytes', (number, text) => {
  expect(bytes(number)).toBe(text);
});

test.each([
  [0.025, '.025'],
  [0.0036656, '.00367'],
  [0.1, '.1'],
  [0, '0'],
  [1.5, '1.5'],
  [3e-7, '3e-7'],
])('the rate %d', (value, text) => {
  expect(rate(value)).toBe(text);
});

test('speeds and counts', () => {
  expect(pace(0.1249)).toBe('120 ms a step');
  expect(pace(0.9999)).toBe('1 s a step');
  expect(pace(31.4)).toBe('31 s a step');
  expect(count(1, 'run')).toBe('1 run');
  expect(count(0, 'run')).toBe('0 runs');
});

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [15_625, '15,625'],
  [1_234_567, '1,234,567'],
])('%d with its thousands apart', (number, text) => {
  expect(grouped(number)).toBe(text);
  expect(grouped(number)).toBe(number.toLocaleString('en'));
});
