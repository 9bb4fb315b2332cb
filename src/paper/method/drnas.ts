import type { MethodFacts } from './method';

export const drnas: MethodFacts = {
  name: 'drnas',
  title: 'DrNAS',
  epochs: 50,
  options: {
    kl: { label: 'KL divergence', note: 'to the uniform Dirichlet, in place of L2 and as heavy' },
    progressive: {
      label: 'Progressive',
      note: 'halfway each edge keeps its three strongest operations',
      deviations: [
        {
          key: 'drnas-progressive',
          paper: 'two stages of 50 epochs, alpha frozen in the first 10 of each',
          here: 'two halves of the joint epochs, alpha frozen in the first fifth of each',
          why: 'The number of epochs is chosen here. One cosine of the weights’ rate spans both, as there.',
        },
        {
          key: 'drnas-dropped',
          paper: 'the filters of dropped operations stay as they are',
          here: 'they decay with all others',
          why: 'All weights are one vector. Nothing depends on these any more.',
        },
      ],
    },
  },
  progressive: { stages: [{ partial: 4 }, { partial: 2, keeps: 3 }], frozen: 0.2 },
  recipe: { batch: 256, first: 'alpha', nesterov: false, decay: 3e-4 },
  weights: {},
  alpha: {},
  l2: true,
  trainsAlpha: true,
  clipsAlpha: true,
  candidates: 0,
  evaluates: 'mixture',
  data: 'halves',
  deviations: [
    {
      key: 'drnas-alpha',
      paper: 'alpha before elu(α) + 1',
      here: 'recorded as log(elu(α) + 1): its softmax is the mean of the distribution',
      why: 'So that magnitudes and pictures show mixture weights. The largest entry is the same.',
    },
    {
      key: 'drnas-evaluation',
      paper: 'supernet evaluated with samples',
      here: 'with the mean of the distribution',
      why: 'One number for each epoch, without a sample’s chance.',
    },
    {
      key: 'drnas-progressive',
      paper: 'progressive shrinking in its own best results',
      here: 'all operations and channels from beginning to end',
      why: 'As in the comparison of the paper: 50 epochs, one stage.',
    },
    {
      key: 'split',
      paper: 'the first and the last 25,000 training images',
      here: 'the halves of NAS-Bench-201',
      why: 'One set of images serves all methods.',
    },
  ],
};
