/** A term of the field. */
export interface Term {
  readonly name: string;
  readonly definition: string;
  /** Where it is defined: in the paper, a benchmark, or on this page. */
  readonly source: string;
}

const PAPER = 'Zhang and Ding, CIKM 2021';
const DARTS = 'Liu, Simonyan and Yang, DARTS, ICLR 2019';
const BENCHMARK = 'Dong and Yang, NAS-Bench-201, ICLR 2020';
const ONE_SHOT = 'Zela, Siems and Hutter, NAS-Bench-1Shot1, ICLR 2020';
const DARTS_PLUS = 'Liang et al., DARTS+, 2019';
const PROTOCOL = 'docs/protocol.md of this project';

/** The words that lessons use, by key. */
export const GLOSSARY = {
  adam: term(
    'Adam',
    'The optimiser of alpha. It divides the gradient by its own size, so that a step moves alpha by about its rate, however large the gradient is.',
    `Kingma and Ba, 2015; settings: ${BENCHMARK}`,
  ),
  alpha: term(
    'alpha',
    'The architecture parameters: a number for every operation of every edge. Softmax turns the numbers of an edge into shares that sum to one.',
    DARTS,
  ),
  'alpha-half': term(
    'alpha half',
    'The half of the training images on which alpha is trained; the paper calls it the validation set. No weight is trained on it.',
    `${DARTS}; ${BENCHMARK}`,
  ),
  batch: term(
    'batch',
    'The few images of one update. A bilevel step draws two: one of the weights half, one of the alpha half.',
    BENCHMARK,
  ),
  bench: term(
    'bench',
    'The size at which every recorded run was trained: few channels, small images, rates multiplied to make up for fewer steps. It was chosen by a rule written down beforehand.',
    'docs/calibration.md of this project',
  ),
  bilevel: term(
    'bilevel',
    'An optimisation with another one inside: alpha should do well on one half of the images with weights that are best for that alpha on the other half. DARTS takes turns, one step each.',
    DARTS,
  ),
  cell: term(
    'cell',
    'The small graph that is searched: four nodes, an edge from each to every later one. The network is many copies of it, which share alpha.',
    BENCHMARK,
  ),
  collapse: term(
    'collapse',
    'On this page: a derived cell with four or more skip-connects on its six edges.',
    PROTOCOL,
  ),
  darts: term(
    'DARTS-V1',
    'The search whose runs are shown here: the mixture of all operations is trained by gradient descent, the weights and alpha in turns, without second derivatives.',
    `${DARTS}; ${BENCHMARK}`,
  ),
  'darts-plus': term(
    'DARTS+',
    'Two rules that stop a search early: sc_k when k edges of the derived cell hold skip-connect, rt_k when the ranking of the convolutions has not changed for k epochs.',
    DARTS_PLUS,
  ),
  degradation: term(
    'degradation',
    'The longer the search, the worse the cell taken out of it, although the supernet itself keeps getting better. In this space it ends with skip-connect on nearly all edges.',
    `${PAPER}; first described by several authors`,
  ),
  edge: term(
    'edge',
    'A connection of the cell, from a node to a later one. There are six; 3←0 leads from node 0, the input, to node 3, the output.',
    BENCHMARK,
  ),
  epoch: term(
    'epoch',
    'One pass over the weights half. A joint epoch is one in which alpha is trained as well.',
    BENCHMARK,
  ),
  'ex-darts': term(
    'EX-DARTS',
    'DARTS with the learning rates of weights and alpha exchanged: .0003 for the weights, .025 for alpha.',
    `${PAPER}, Exp.5, table 1`,
  ),
  genotype: term(
    'derived cell',
    'What a search returns, also called genotype: on every edge only the operation with the largest alpha, none included. It is then trained from scratch.',
    BENCHMARK,
  ),
  inertia: term(
    'softmax inertia',
    'A softmax that was pushed one way comes back late when the push turns: near a corner it lets little of the gradient through, and momentum carries it on.',
    `${PAPER}, section 2.2, Eq. 4 to 10`,
  ),
  l2: term(
    'L2',
    'A pull of every alpha towards zero, added to its gradient. A stronger one keeps the shares more even.',
    `${PAPER}, Exp.2`,
  ),
  magnitude: term(
    'operation magnitude',
    'The mean share of an operation over the edges of the cell, m(t, o) at epoch t. All magnitudes sum to one.',
    `${PAPER}, Eq. 11`,
  ),
  'nas-bench-1shot1': term(
    'NAS-Bench-1Shot1',
    'Three other search spaces. Their operations, 1×1 and 3×3 convolution and max pooling, stand on nodes, the choice blocks, and not on edges.',
    ONE_SHOT,
  ),
  'nas-bench-201': term(
    'NAS-Bench-201',
    'The search space of these lessons: a cell of six edges with five operations each, 15,625 cells, all of which its authors trained.',
    BENCHMARK,
  ),
  operation: term(
    'operation',
    'What an edge can do to an image: none (nothing passes), skip-connect, 1×1 convolution, 3×3 convolution, average pooling.',
    BENCHMARK,
  ),
  rate: term(
    'learning rate',
    'How far an update goes. By default .025 for the weights, falling to .001 along a cosine, and .0003 for alpha. Runs at a smaller scale multiply both.',
    `${BENCHMARK}; ${PAPER}`,
  ),
  seed: term(
    'seed',
    'The number from which all that is random in a run follows: first weights, order of images, first alphas. One seed is a picture, several are evidence.',
    PROTOCOL,
  ),
  'selection-bias': term(
    'operation selection bias',
    'At each stage of training the search favours particular operations wherever they stand, whether or not they make the better cell.',
    PAPER,
  ),
  'selective-stop': term(
    'selective stop',
    'SS: take the cell of the epoch in which the magnitude of a chosen operation, here 3×3 convolution, is at its peak.',
    `${PAPER}, Eq. 12 and 13, Algorithms 1 and 2`,
  ),
  skip: term(
    'skip-connect',
    'The operation that passes its input on unchanged. It has no weights. A cell of nothing else learns little.',
    BENCHMARK,
  ),
  softmax: term(
    'softmax',
    'Turns numbers into shares that are positive and sum to one: the exponential of each over the sum of the exponentials.',
    `${PAPER}, Eq. 4`,
  ),
  supernet: term(
    'supernet',
    'A network in which every edge holds all operations at once, mixed by their shares. Every cell of the space is a part of it.',
    DARTS,
  ),
  verdict: term(
    'verdict',
    'Whether an observation of the paper is seen in runs here. The rule was written down before the first run; it asks for the mean and for four of five seeds.',
    PROTOCOL,
  ),
  'warm-up': term(
    'warm-up',
    'Epochs in which alpha is frozen and the weights train alone. No warm-up of the learning rate, which is something else.',
    `${PAPER}, Exp.1 and Exp.3`,
  ),
  weights: term(
    'weights',
    'The numbers inside the convolutions, which are trained as in any network. Skip-connect, average pooling and none have no weights.',
    DARTS,
  ),
  'weights-half': term(
    'weights half',
    'The half of the training images on which the weights are trained; the paper calls it the training set.',
    `${DARTS}; ${BENCHMARK}`,
  ),
} satisfies Readonly<Record<string, Term>>;

export type TermKey = keyof typeof GLOSSARY;

/** Keys by name, as a reader looks them up. */
export const TERM_KEYS: readonly TermKey[] = (Object.keys(GLOSSARY) as TermKey[]).sort((a, b) =>
  GLOSSARY[a].name.localeCompare(GLOSSARY[b].name, 'en', { sensitivity: 'base' }),
);

function term(name: string, definition: string, source: string): Term {
  return { name, definition, source };
}
