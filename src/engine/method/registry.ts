import type { MethodName } from '../../paper/config';
import { dartsV1 } from './darts-v1';
import { gaea } from './gaea';
import type { SearchMethod } from './method';

/** Every search method by the name used in configurations. */
export const METHODS: Readonly<Record<MethodName, SearchMethod>> = {
  'darts-v1': dartsV1,
  'gaea-erm': gaea('gaea-erm'),
  'gaea-bilevel': gaea('gaea-bilevel'),
};
