import type { MethodFacts } from './method';

export const drnas: MethodFacts = {
  name: 'drnas',
  title: 'DrNAS',
  summary:
    'The mixture weights of an edge are drawn anew for every forward pass from a Dirichlet ' +
    'distribution whose concentrations alpha sets. The gradient goes through the sample to the ' +
    'concentrations, so that a search also learns how sure it is. Cells are derived by the largest alpha.',
  equations: [
    'β = elu(α) + 1, θ ~ Dirichlet(β)',
    'α ← Adam(α, (∂θ/∂β · ∂β/∂α)ᵀ ∇θ L_val(w, θ))',
    'w ← w − ξ ∇w L_train(w, θ′), with a new sample θ′',
  ],
  source: 'Chen, Wang, Cheng, Tang, Hsieh: DrNAS: Dirichlet Neural Architecture Search. ICLR 2021',
  epochs: 50,
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
