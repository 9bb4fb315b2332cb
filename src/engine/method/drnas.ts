import { DIRICHLET_DRAWS } from '../fused/method';
import { alternating } from './alternating';
import { blockOf, blockWidth } from './draws';
import type { Kernels, Tensor } from '../kernels';
import type { Network } from '../network';
import type { SearchMethod } from './method';
import { adamUpdate } from './softmax';

/**
 * DrNAS (methods, section 8): p is a sample of a Dirichlet distribution, one for each forward pass and
 * shared by all cells. The trace has the logarithm of its concentrations, whose softmax is its mean.
 * Operations that a progressive search has dropped are in no sample and weigh nothing in the mean; alpha
 * and its divergence from the uniform distribution still have them, as in the method's own code.
 */
export const drnas: SearchMethod = {
  noise: {
    width: (alphas) => 2 * blockWidth(alphas * DIRICHLET_DRAWS),
    draw(stream, into) {
      for (let i = 0; i < into.length; i++) {
        // Of each entry's numbers the first is uniform, then normal and uniform ones take turns.
        const place = (i % (into.length / 2)) % DIRICHLET_DRAWS;
        into[i] = place % 2 === 1 ? stream.normal() : 1 - stream.uniform();
      }
    },
  },
  logits: logConcentration,
  mixture: (k, network, alpha) => network.mixture(logConcentration(k, network, alpha)),
  step: alternating('drnas', {
    mixture(k, { kept = null }, alpha, noise, level) {
      const { methods } = k.fused;
      const { p, slope } = methods.dirichlet(alpha, blockOf(k, noise!, level), kept);
      // No gradient goes to what was dropped.
      const sparse = kept !== null;
      return {
        p,
        sparse,
        gradient: (pass) => methods.dirichletInput(p, slope, pass.mixtureGradient()),
      };
    },
    update(k, adam, gradient, input) {
      const pulled = input.options?.includes('kl')
        ? k.fused.methods.dirichletPull(adam.alpha, gradient, input.clock)
        : gradient;
      adamUpdate(k, adam, pulled, input);
    },
  }),
};

function logConcentration(k: Kernels, { kept = null }: Network, alpha: Tensor): Tensor {
  return k.fused.methods.logConcentration(alpha, kept);
}
