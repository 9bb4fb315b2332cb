import { GAEA } from './gaea';
import type { MethodFacts } from './method';

export const gaeaErm: MethodFacts = {
  ...GAEA,
  name: 'gaea-erm',
  title: 'GAEA, ERM',
  summary:
    'GAEA with one level: weights and θ both train on all images, still in turns and on batches of ' +
    'their own, so that an epoch has twice the steps. What overfits the weights can then pull θ along.',
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
