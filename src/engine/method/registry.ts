import type { MethodName } from '../../paper/config';
import { amendedDarts } from './amended-darts';
import { dartsV1 } from './darts-v1';
import { dartsV2 } from './darts-v2';
import { drnas } from './drnas';
import { enas } from './enas';
import { gaea } from './gaea';
import { gdas } from './gdas';
import type { SearchMethod } from './method';
import { pcDarts } from './pc-darts';
import { rsps } from './rsps';
import { setn } from './setn';

/** Every search method by the name used in configurations. */
export const METHODS: Readonly<Record<MethodName, SearchMethod>> = {
  'darts-v1': dartsV1,
  'darts-v2': dartsV2,
  'gaea-erm': gaea('gaea-erm'),
  'gaea-bilevel': gaea('gaea-bilevel'),
  drnas,
  gdas,
  setn,
  rsps,
  'amended-darts': amendedDarts,
  'pc-darts': pcDarts,
  enas,
};
