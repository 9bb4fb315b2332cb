import type { MethodFacts } from './method';

export const pcDarts: MethodFacts = {
  name: 'pc-darts',
  title: 'PC-DARTS',
  summary:
    'DARTS on a quarter of the channels: the first of every four go through the mixture of operations, ' +
    'the others pass by, and a shuffle brings them together. An edge then has a weight β of its own, ' +
    'a softmax over the edges that enter a node. α and β stand still for the first 30 % of the epochs.',
  equations: [
    'f(x) = shuffle[Σ p · o(x_1/4), x_3/4], p = softmax(α)',
    'x_j = Σ_i<j q · f(x_i), q = softmax(β) over the edges into j',
    'α, β ← Adam(α, β; ∇ L_val(w, p, q))',
  ],
  source:
    'Xu, Xie, Zhang, Chen, Qi, Tian, Xiong: PC-DARTS: Partial Channel Connections for Memory-Efficient Architecture Search. ICLR 2020',
  epochs: 50,
  partial: 4,
  // 15 of 50 epochs.
  frozen: 0.3,
  recipe: { batch: 256, first: 'alpha', nesterov: false, decay: 3e-4 },
  weights: { rate: 0.1, rateMin: 0 },
  alpha: { rate: 6e-4 },
  l2: true,
  trainsAlpha: true,
  clipsAlpha: false,
  candidates: 0,
  evaluates: 'mixture',
  data: 'halves',
  deviations: [
    {
      key: 'pc-space',
      paper:
        'searched in the space of DARTS: two edges enter a node of the cell, chosen by α and β',
      here: 'in NAS-Bench-201, whose cells keep all edges: β trains along and chooses nothing',
      why: 'One space makes the methods comparable.',
    },
    {
      key: 'pc-none',
      paper: 'none is left out when the cell is derived',
      here: 'none can be derived like any other operation',
      why: 'It is an operation of NAS-Bench-201.',
    },
  ],
};
