import type { MethodFacts } from './method';

export const drnas: MethodFacts = {
  name: 'drnas',
  title: 'DrNAS',
  epochs: 50,
  options: {
    kl: { label: 'KL divergence', note: 'to the uniform Dirichlet, in place of L2 and as heavy' },
  },
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
