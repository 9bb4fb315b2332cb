import type { MethodName } from '../config';

/** A formula that the page sets as MathML. */
export interface Equation {
  /** In the notation of view/math/notation.ts: `w ← w − ξ ∇_w ℒ_train(w, p)`. */
  readonly math: string;
  /** What it says, in a sentence. */
  readonly words: string;
}

/** What the page tells of a method where a visitor asks; loaded then, not before. */
export interface Explanation {
  /** One paragraph: what it does and how it differs. */
  readonly summary: string;
  /** The update, step by step. */
  readonly equations: readonly Equation[];
  /** Authors, title, place and year. */
  readonly source: string;
}

/** What both forms of GAEA share. */
const GAEA: Omit<Explanation, 'summary'> = {
  equations: [
    {
      math: '∑_o θ_o = 1, θ_o ≥ 0',
      words: 'Theta are the weights of an edge’s operations themselves, on the simplex.',
    },
    {
      math: 'θ ← θ · exp(−η ∇_θ ℒ)',
      words: 'Each is multiplied by the exponential of its gradient.',
    },
    {
      math: 'θ ← max(θ, 0.00001) / {∑ max(θ, 0.00001)}',
      words: 'None vanishes, and those of an edge sum to one again.',
    },
  ],
  source:
    'Li, Khodak, Balcan, Talwalkar: Geometry-Aware Gradient Algorithms for Neural Architecture Search. ICLR 2021',
};

export const EXPLANATIONS: Readonly<Record<MethodName, Explanation>> = {
  'darts-v1': {
    summary:
      'Every edge computes all operations and adds them up, weighted by a softmax of alpha. In turns the ' +
      'weights take a step on one half of the images, as if alpha were fixed, and alpha takes a step on ' +
      'the other half, as if the weights were at their best.',
    equations: [
      {
        math: 'p = softmax(α)',
        words: 'On each edge the operations weigh as the softmax of alpha.',
      },
      {
        math: 'w ← w − ξ ∇_w ℒ_train(w, p)',
        words: 'Weights go down the loss on their half.',
      },
      {
        math: 'α ← Adam(α, ∇_α ℒ_val(w, p))',
        words: 'Alpha goes down the loss on the other half, with the weights as they are.',
      },
    ],
    source: 'Liu, Simonyan, Yang: DARTS: Differentiable Architecture Search. ICLR 2019',
  },
  'darts-v2': {
    summary:
      'DARTS with a second-order correction: alpha’s gradient is taken at the weights after a virtual step, ' +
      'w′, and follows how that step depends on alpha. The product of second derivatives is a difference of ' +
      'two gradients at weights a little to both sides. Alpha moves first, then the weights.',
    equations: [
      {
        math: 'w′ = w − ξ (μ v + ∇_w ℒ_train(w, α) + λ w)',
        words: 'A virtual step of the weights, momentum and decay included.',
      },
      {
        math: 'g = ∇_α ℒ_val(w′, α) − ξ {∇_α ℒ_train(w^+, α) − ∇_α ℒ_train(w^−, α)} / {2 ε}',
        words:
          'Alpha’s gradient after that step, less the mixed second derivative by a finite difference.',
      },
      {
        math: 'w^± = w ± ε ∇_{w′} ℒ_val(w′, α)',
        words:
          'Where the difference is taken: to both sides of the weights, along the validation gradient.',
      },
      {
        math: 'ε = 0.01 / {‖∇_{w′} ℒ_val(w′, α)‖}',
        words: 'How far: a hundredth, over all weights together.',
      },
    ],
    source: 'Liu, Simonyan, Yang: DARTS: Differentiable Architecture Search. ICLR 2019',
  },
  'gaea-erm': {
    summary:
      'GAEA with one level: weights and θ both train on all images, still in turns and on batches of ' +
      'their own, so that an epoch has twice the steps. What overfits the weights can then pull θ along.',
    ...GAEA,
  },
  'gaea-bilevel': {
    summary:
      'DARTS without the softmax: the mixture weights θ themselves are trained. An exponentiated gradient ' +
      'step multiplies each by a factor, so that they stay positive and add up to 1, and tends to corners ' +
      'of the simplex, which are cells. Weights and θ have a half of the images each.',
    ...GAEA,
  },
  drnas: {
    summary:
      'The mixture weights of an edge are drawn anew for every forward pass from a Dirichlet ' +
      'distribution whose concentrations alpha sets. The gradient goes through the sample to the ' +
      'concentrations, so that a search also learns how sure it is. Cells are derived by the largest alpha. ' +
      'With Progressive on, all operations see a quarter of the channels at first; after half of the epochs ' +
      'each edge keeps the three with the largest alphas, which then see half of the channels. In the first ' +
      'fifth of each half alpha is frozen.',
    equations: [
      {
        math: 'β = elu(α) + 1, θ ∼ Dirichlet(β)',
        words: 'The weights of the operations are drawn, about alpha’s concentrations.',
      },
      {
        math: 'α ← Adam(α, ({∂θ} / {∂β} · {∂β} / {∂α})^⊤ ∇_θ ℒ_val(w, θ))',
        words: 'Alpha goes down the validation loss through the sample.',
      },
      {
        math: 'w ← w − ξ ∇_w ℒ_train(w, θ′)',
        words: 'Weights go down their loss with a new sample.',
      },
    ],
    source:
      'Chen, Wang, Cheng, Tang, Hsieh: DrNAS: Dirichlet Neural Architecture Search. ICLR 2021',
  },
  gdas: {
    summary:
      'Every forward pass runs one operation on each edge: Gumbel noise is added to the logarithm of ' +
      'softmax(alpha), and the largest entry wins. Backward, the choice counts as the softmax of the noisy ' +
      'entries, whose temperature falls from 10 to 0.1 in the course of the search.',
    equations: [
      {
        math: 'q = softmax({log softmax(α) + G} / τ), G ∼ Gumbel(0, 1)',
        words: 'Softmax with noise: its largest entry is a draw by the softmax of alpha.',
      },
      {
        math: 'h = onehot(argmax q) + q − stop(q)',
        words: 'One operation is computed on each edge; the gradient goes to all of q.',
      },
      {
        math: 'τ = 10 − 9.9 e / {E − 1}',
        words: 'The temperature falls over the E epochs.',
      },
    ],
    source: 'Dong, Yang: Searching for a Robust Neural Architecture in Four GPU Hours. CVPR 2019',
  },
  setn: {
    summary:
      'The weights train one cell at a time, drawn uniformly from all, so that every operation learns alike. ' +
      'Alpha trains on the softmax mixture as in DARTS, but only proposes: the 100 cells of the largest ' +
      'probability are tried with the shared weights, and the best on a batch each is derived.',
    equations: [
      {
        math: 'w ← w − ξ ∇_w ℒ_train(w, c), c ∼ uniform',
        words: 'Weights train in a cell drawn uniformly from all.',
      },
      {
        math: 'α ← Adam(α, ∇_α ℒ_val(w, softmax(α)))',
        words: 'Alpha goes down the validation loss of the whole mixture.',
      },
      {
        math: 'c^* = argmax_c accuracy_val(w, c)',
        words: 'Of the 100 cells with the largest sum of log softmax(α) the best is returned.',
      },
    ],
    source:
      'Dong, Yang: One-Shot Neural Architecture Search via Self-Evaluated Template Network. ICCV 2019',
  },
  rsps: {
    summary:
      'Random search with shared weights. The weights train one cell at a time, drawn uniformly from all; ' +
      'there is no alpha. Then 100 random cells are tried with the shared weights, and the best on a batch ' +
      'each is derived.',
    equations: [
      {
        math: 'w ← w − ξ ∇_w ℒ_train(w, c), c ∼ uniform',
        words: 'Weights train in a cell drawn uniformly from all.',
      },
      {
        math: 'c^* = argmax_c accuracy_val(w, c)',
        words: 'The best of 100 random cells is returned.',
      },
    ],
    source:
      'Li, Talwalkar: Random Search and Reproducibility for Neural Architecture Search. UAI 2019',
  },
  'amended-darts': {
    summary:
      'DARTS with another second-order correction. The weights count as the best for their alpha, and how ' +
      'the best weights move with alpha would need the inverse of the Hessian; it is replaced by the Hessian ' +
      'itself times η, which keeps the sign of the correction. Two differences of gradients compute it.',
    equations: [
      {
        math: 'g = ∇_α ℒ_val(w, α) − η {∂^2 ℒ_train} / {∂α ∂w} H ∇_w ℒ_val(w, α)',
        words:
          'Eq. 5: the first-order gradient and a second-order term, with the Hessian H of the training loss in place of its inverse.',
      },
      {
        math: 'u = ∇_w ℒ_train(w + ε v, α) − ∇_w ℒ_train(w − ε v, α), v = ∇_w ℒ_val(w, α)',
        words: 'The Hessian along v, by a first finite difference.',
      },
      {
        math: 'g ≈ ∇_α ℒ_val − η {∇_α ℒ_train(w + u/2, α) − ∇_α ℒ_train(w − u/2, α)} / {2 ε}',
        words: 'A.4: the mixed derivative along that, by a second one.',
      },
    ],
    source:
      'Bi, Hu, Xie, Chen, Wei, Tian: Stabilizing DARTS with Amended Gradient Estimation on Architectural Parameters. 2019',
  },
  'pc-darts': {
    summary:
      'DARTS on a quarter of the channels: the first of every four go through the mixture of operations, ' +
      'the others pass by, and a shuffle brings them together. An edge then has a weight β of its own, ' +
      'a softmax over the edges that enter a node. α and β stand still for the first 30 % of the epochs.',
    equations: [
      {
        math: 'f(x) = shuffle[∑ p · o(x_{1/4}), x_{3/4}], p = softmax(α)',
        words:
          'A quarter of the channels pass through the operations, the others go by, and they are shuffled.',
      },
      {
        math: 'x_j = ∑_{i < j} q · f(x_i), q = softmax(β)',
        words: 'A node sums its edges by weights of their own, softmax over the edges into it.',
      },
      {
        math: 'α, β ← Adam(α, β; ∇ ℒ_val(w, p, q))',
        words: 'Both go down the validation loss.',
      },
    ],
    source:
      'Xu, Xie, Zhang, Chen, Qi, Tian, Xiong: PC-DARTS: Partial Channel Connections for Memory-Efficient Architecture Search. ICLR 2020',
  },
  enas: {
    summary:
      'A controller, a small recurrent network, chooses the operation of one edge after the other. The ' +
      'weights train the cells that it samples; after each epoch it learns by REINFORCE, rewarded with ' +
      'the accuracy of its cells. The best of 100 of them, a batch each, is derived.',
    equations: [
      {
        math: 'w ← w − ξ ∇_w ℒ_train(w, c), c ∼ π(θ)',
        words: 'Weights train in a cell that the controller samples.',
      },
      {
        math: 'R = accuracy_val(w, c) + 0.0001 H(π)',
        words:
          'The reward of a cell: its accuracy with the shared weights, and a little for entropy.',
      },
      {
        math: 'θ ← Adam(θ, −(R − b) ∇_θ log π(c) − log π(c) ∇_θ (R − b))',
        words: 'The controller follows the reward above a baseline, in the mean of 20 cells.',
      },
      {
        math: 'b = b′ − 0.01 (b′ − R)',
        words: 'The baseline, from that of the last epoch.',
      },
    ],
    source:
      'Pham, Guan, Zoph, Le, Dean: Efficient Neural Architecture Search via Parameter Sharing. ICML 2018',
  },
};
