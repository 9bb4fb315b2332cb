import type { MethodName } from '../config';
import { epochImages } from './recipe';

/**
 * Time of a step over that of DARTS-V1, timed in the same rounds at `bench` on wasm
 * (docs/performance.md).
 */
const STEP_TIME: Readonly<Record<MethodName, number>> = {
  'darts-v1': 1,
  'darts-v2': 2.72,
  'gaea-erm': 0.99,
  'gaea-bilevel': 0.98,
  drnas: 1.01,
  gdas: 0.44,
  setn: 0.67,
  rsps: 0.28,
  'amended-darts': 3.46,
  'pc-darts': 0.68,
  enas: 0.3,
};

/** Time of an epoch over DARTS-V1's at the same scale: steps times their time. */
export function epochTime(method: MethodName): number {
  return STEP_TIME[method] * epochImages(method, { images: 1 });
}
