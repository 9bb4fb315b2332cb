import { expect, test } from 'vitest';
import { RandomStream } from '../../../src/data/random';
import { gammaSlope, logVariate } from '../../../src/engine/fused/gamma';
import { DIRICHLET_DRAWS } from '../../../src/engine/fused/method';

/* Shape, logarithm of the variate, d log g / d shape by differences in 40-digit arithmetic (mpmath). */
test.each([
  [1e-4, -40, 394229.49],
  [0.01, -3.5, 305.86018],
  [0.1, 0, 6.7900834],
  [0.5, 1.07, 0.98927403],
  [0.9, 1.3, 0.60606563],
  [1, -2, 2.6308746],
  [1, 1.2, 0.6079191],
  [2.5, 0.2, 0.59741228],
  [2.5, 2, 0.23660167],
  [7, 1.5, 0.18129507],
  [7, 2.6, 0.10361074],
  [19.5, 2.4, 0.067861943],
  [19.5, 3.3, 0.043665357],
])('the slope of a variate of shape %d, log %d', (shape, log, expected) => {
  expect(Math.abs(gammaSlope(shape, log) / expected - 1)).toBeLessThan(1e-6);
});

test.each([
  [25, 3, 0.04483454],
  [60, 4.3, 0.015053288],
  [300, 5.6, 0.003511245],
])('the slope at the large shape %d, log %d, to 0.2 %', (shape, log, expected) => {
  expect(Math.abs(gammaSlope(shape, log) / expected - 1)).toBeLessThan(2e-3);
});

test.each([0.3, 1, 4])('variates of shape %d: mean, variance, mean slope', (shape) => {
  const stream = RandomStream.named(1, 'gamma');
  const count = 40_000;
  const draws = new Float64Array(DIRICHLET_DRAWS);
  let [sum, squares, slopes] = [0, 0, 0];
  for (let n = 0; n < count; n++) {
    draws.forEach((_, i) => (draws[i] = i % 2 === 1 ? stream.normal() : 1 - stream.uniform()));
    const log = logVariate(shape, draws);
    const variate = Math.exp(log);
    sum += variate;
    squares += (variate - shape) ** 2;
    slopes += variate * gammaSlope(shape, log);
  }
  // Both moments are the shape; the mean moves with the shape one to one. Four standard errors.
  const error = 4 / Math.sqrt(count);
  expect(Math.abs(sum / count - shape)).toBeLessThan(error * Math.sqrt(shape));
  expect(Math.abs(squares / count - shape)).toBeLessThan(
    error * Math.sqrt(2 * shape ** 2 + 6 * shape),
  );
  expect(Math.abs(slopes / count - 1)).toBeLessThan(error * 2);
});
