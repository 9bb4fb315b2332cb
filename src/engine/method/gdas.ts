import { alternating } from './alternating';
import { blockOf, blockWidth } from './draws';
import type { SearchMethod } from './method';
import { adamUpdate } from './softmax';

const [HOTTEST, COLDEST] = [10, 0.1];

/**
 * GDAS (methods, section 11): p picks one operation on each edge by Gumbel noise, a new one for each
 * forward pass and shared by all cells.
 */
export const gdas: SearchMethod = {
  noise: {
    width: (alphas) => 2 * blockWidth(1 + alphas),
    draw(stream, into, epoch, epochs) {
      const share = Math.max(0, epoch) / Math.max(1, epochs - 1);
      const temperature = HOTTEST + (COLDEST - HOTTEST) * share;
      for (let i = 0; i < into.length; i++) {
        const first = i % (into.length / 2) === 0;
        into[i] = first ? temperature : -Math.log(-Math.log(openUniform(stream.uniform())));
      }
    },
  },
  mixture: (_k, network, alpha) => network.mixture(alpha),
  step: alternating('gdas', {
    mixture(k, _network, alpha, noise, level) {
      const { methods } = k.fused;
      const draws = blockOf(k, noise!, level);
      const { p, q } = methods.gumbel(alpha, draws);
      return {
        p,
        sparse: true,
        gradient(pass) {
          const { mixture, shifts } = pass.shiftGradients();
          return methods.gumbelInput(q, p, mixture, shifts, draws);
        },
      };
    },
    update: adamUpdate,
  }),
};

/** From [0, 1) to (0, 1), whose double logarithm is finite. */
function openUniform(uniform: number): number {
  return uniform + 2 ** -54;
}
