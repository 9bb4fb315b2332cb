import type { MethodName } from '../../paper/config';
import { dartsV1 } from './darts-v1';
import type { SearchMethod } from './method';

/** Every search method by the name used in configurations. */
export const METHODS: Readonly<Record<MethodName, SearchMethod>> = {
  'darts-v1': dartsV1,
};
