import { GAEA } from './gaea';
import type { MethodFacts } from './method';

export const gaeaBilevel: MethodFacts = {
  ...GAEA,
  name: 'gaea-bilevel',
  title: 'GAEA, bilevel',
  data: 'halves',
};
