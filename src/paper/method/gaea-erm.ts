import { GAEA } from './gaea';
import type { MethodFacts } from './method';

export const gaeaErm: MethodFacts = {
  ...GAEA,
  name: 'gaea-erm',
  title: 'GAEA, ERM',
  recipe: { ...GAEA.recipe, images: 50_000 },
  data: 'all',
  deviations: [
    ...GAEA.deviations,
    {
      key: 'erm-evaluation',
      paper: 'no image is held back',
      here: 'evaluated on alpha’s half of the images',
      why: 'As in every other run. Here the weights have trained on them too.',
    },
  ],
};
