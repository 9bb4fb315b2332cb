import type { MethodName } from '../config';
import { epochImages } from './recipe';

/**
 * Time of a step over that of DARTS-V1, timed in the same rounds at `bench` on wasm
 * (docs/performance.md). A method that was not timed yet is missing.
 */
const STEP_TIME: Partial<Readonly<Record<MethodName, number>>> = {
  'darts-v1': 1,
  'darts-v2': 3,
  'gaea-erm': 0.91,
  'gaea-bilevel': 0.86,
  drnas: 1.03,
  gdas: 0.96,
  setn: 0.91,
  rsps: 0.44,
  'amended-darts': 2.81,
};

/** Time of an epoch over DARTS-V1's at the same scale: steps times their time; null if not timed. */
export function epochTime(method: MethodName): number | null {
  const step = STEP_TIME[method];
  return step === undefined ? null : step * epochImages(method, { images: 1 });
}
