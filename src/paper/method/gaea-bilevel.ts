import { GAEA } from './gaea';
import type { MethodFacts } from './method';

export const gaeaBilevel: MethodFacts = {
  ...GAEA,
  name: 'gaea-bilevel',
  title: 'GAEA, bilevel',
  summary:
    'DARTS without the softmax: the mixture weights θ themselves are trained. An exponentiated gradient ' +
    'step multiplies each by a factor, so that they stay positive and add up to 1, and tends to corners ' +
    'of the simplex, which are cells. Weights and θ have a half of the images each.',
  data: 'halves',
};
