import type { Rules } from './alternating';
import { alternating } from './alternating';
import { drawCell } from './draws';
import type { NoiseSource, SearchMethod } from './method';
import { adamUpdate } from './softmax';

/** A cell for the weights' step. */
export const CELL_NOISE: NoiseSource = {
  width: (alphas) => alphas,
  draw: (stream, into) => drawCell(stream, into),
};

/** p is the cell that was drawn. It does not depend on alpha. */
export const cellMixture: Rules['mixture'] = (k, network, _alpha, noise) => ({
  p: k.view(noise!, network.alphaShape),
  gradient: () => k.fused.zeros(network.alphaShape),
});

/** RSPS (methods, section 13): a uniformly drawn cell in each weights step, and no alpha step. */
export const rsps: SearchMethod = {
  noise: CELL_NOISE,
  mixture: (_k, network, alpha) => network.mixture(alpha),
  candidates: (_alpha, ops, count, stream) =>
    Array.from({ length: count }, () => Array.from({ length: 6 }, () => stream.int(ops.length))),
  step: alternating('rsps', { mixture: cellMixture, update: adamUpdate }),
};
