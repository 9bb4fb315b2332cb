import type { MethodName } from '../config';
import { amendedDarts } from './amended-darts';
import { dartsV1 } from './darts-v1';
import { dartsV2 } from './darts-v2';
import { drnas } from './drnas';
import { enas } from './enas';
import { gaeaBilevel } from './gaea-bilevel';
import { gaeaErm } from './gaea-erm';
import { gdas } from './gdas';
import type { MethodFacts } from './method';
import { pcDarts } from './pc-darts';
import { rsps } from './rsps';
import { setn } from './setn';

/** Every search method by the name used in configurations. */
export const METHOD_FACTS: Readonly<Record<MethodName, MethodFacts>> = {
  'darts-v1': dartsV1,
  'darts-v2': dartsV2,
  'gaea-erm': gaeaErm,
  'gaea-bilevel': gaeaBilevel,
  drnas,
  gdas,
  setn,
  rsps,
  'amended-darts': amendedDarts,
  'pc-darts': pcDarts,
  enas,
};
