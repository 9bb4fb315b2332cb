import type { MethodName } from '../config';
import { dartsV1 } from './darts-v1';
import { gaeaBilevel } from './gaea-bilevel';
import { gaeaErm } from './gaea-erm';
import type { MethodFacts } from './method';

/** Every search method by the name used in configurations. */
export const METHOD_FACTS: Readonly<Record<MethodName, MethodFacts>> = {
  'darts-v1': dartsV1,
  'gaea-erm': gaeaErm,
  'gaea-bilevel': gaeaBilevel,
};
