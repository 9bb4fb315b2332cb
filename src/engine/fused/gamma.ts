import { PROPOSALS } from './method';

/*
 * Gamma variates and how they move with their shape b: d log g / d b by implicit reparameterisation,
 * -(dF/db) / (g f), F and f distribution and density. Every sum below has terms of one sign, or few and
 * small ones of the other, so that 24 bits are enough and GPUs can do the same (wgsl/dirichlet.ts).
 */

/** A smaller shape is taken for this one: its variates would be 0 in any float. */
export const LEAST_SHAPE = 1e-4;
/** From here on the normal approximation of the cube root is right to 0.2 %, and better the further. */
export const LARGE_SHAPE = 20;
/** Terms of the power series: enough for every x below max(b + 1/2, 3) and b below {@link LARGE_SHAPE}. */
export const SERIES_TERMS = 60;
/** Gauss-Laguerre quadrature. */
export const LAGUERRE = {
  nodes: [
    0.170279632305101, 0.903701776799379, 2.25108662986613, 4.26670017028766, 7.04590540239347,
    10.7585160101809, 15.7406786412781, 22.8631317368892,
  ],
  weights: [
    0.369188589341638, 0.418786780814343, 0.175794986637172, 0.0333434922612157,
    0.00279453623522567, 9.07650877335821e-5, 8.48574671627253e-7, 1.0480011748715e-9,
  ],
} as const;

/**
 * Logarithm of a gamma variate, by the method of Marsaglia and Tsang; for shapes below 1 one of shape
 * b + 1 times a power of a uniform number. If every proposal is refused, the last one counts.
 *
 * @param draws see `MethodKernels.dirichlet`
 */
export function logVariate(shape: number, draws: ArrayLike<number>): number {
  const d = (shape < 1 ? shape + 1 : shape) - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  let cube = 1;
  for (let proposal = 0; proposal < PROPOSALS; proposal++) {
    const x = draws[1 + 2 * proposal]!;
    const root = 1 + c * x;
    if (root <= 0) continue;
    cube = root ** 3;
    const bound = x ** 2 / 2 + d - d * cube + d * Math.log(cube);
    if (Math.log(draws[2 + 2 * proposal]!) < bound) break;
  }
  const variate = Math.log(d * cube);
  return shape < 1 ? variate + Math.log(draws[0]!) / shape : variate;
}

/** d log g / d b at a variate of shape b. @param log its logarithm */
export function gammaSlope(b: number, log: number): number {
  const x = Math.exp(log);
  if (b >= LARGE_SHAPE) return cubeRootSlope(b, log);
  return x < Math.max(b + 0.5, 3) ? lowerSlope(b, log, x) : upperSlope(b, log, x);
}

/** By the power series of F = x^b e^-x / Gamma(b + 1) * sum of x^n / ((b + 1) ... (b + n)). */
function lowerSlope(b: number, log: number, x: number): number {
  let term = 1;
  let harmonic = 0;
  let sum = 1;
  let slope = 0;
  for (let n = 1; n <= SERIES_TERMS; n++) {
    term *= x / (b + n);
    harmonic += 1 / (b + n);
    sum += term;
    slope -= term * harmonic;
  }
  return -(sum * (log - digamma(b + 1)) + slope) / b;
}

/** By the integral of the upper tail, 1 - F = f * integral of (1 + s / x)^(b - 1) e^-s. */
function upperSlope(b: number, log: number, x: number): number {
  let tail = 0;
  let slope = 0;
  LAGUERRE.nodes.forEach((node, i) => {
    const stretch = Math.log1p(node / x);
    const term = LAGUERRE.weights[i]! * Math.exp((b - 1) * stretch);
    tail += term;
    slope += term * stretch;
  });
  return (tail * (log - digamma(b + 1) + 1 / b) + slope) / x;
}

/** By the approximation of Wilson and Hilferty: (g / b)^(1/3) is normal. */
function cubeRootSlope(b: number, log: number): number {
  const root = Math.exp((log - Math.log(b)) / 3);
  const z = (root - 1 + 1 / (9 * b)) * 3 * Math.sqrt(b);
  return 1 / b + (3 * (1 / (9 * b * b) - z / (6 * b * Math.sqrt(b)))) / root;
}

/** Derivative of log Gamma, y >= 1. */
function digamma(y: number): number {
  let sum = 0;
  for (let n = 0; n < 6; n++) sum += 1 / (y + n);
  const z = y + 6;
  const r = 1 / (z * z);
  return Math.log(z) - 0.5 / z - r * (1 / 12 - r * (1 / 120 - r / 252)) - sum;
}

/** The second derivative of log Gamma: by its recurrence to y + 6 and an asymptotic series there. */
export function trigamma(y: number): number {
  let sum = 0;
  for (let n = 0; n < 6; n++) sum += 1 / (y + n) ** 2;
  const z = y + 6;
  const r = 1 / (z * z);
  return sum + 1 / z + r / 2 + (r / z) * (1 / 6 - r * (1 / 30 - r / 42));
}
