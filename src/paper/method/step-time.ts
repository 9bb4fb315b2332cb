import type { MethodName } from '../config';
import { epochImages } from './recipe';

/**
 * Time of a step over that of DARTS-V1, timed in the same rounds at `bench` on wasm
 * (docs/performance.md). A method that was not timed yet is missing.
 */
const STEP_TIME: Partial<Readonly<Record<MethodName, number>>> = {
  'darts-v1': 1,
  'darts-v2': 2.76,
  'gaea-erm': 1,
  'gaea-bilevel': 1,
  drnas: 1.02,
  gdas: 0.48,
  setn: 0.71,
  rsps: 0.29,
  'amended-darts': 3.43,
  'pc-darts': 0.66,
  enas: 0.3,
};

/** Time of an epoch over DARTS-V1's at the same scale: steps times their time; null if not timed. */
export function epochTime(method: MethodName): number | null {
  const step = STEP_TIME[method];
  return step === undefined ? null : step * epochImages(method, { images: 1 });
}
