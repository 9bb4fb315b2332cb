import type { MethodName } from '../../paper/config';
import { alternating } from './alternating';
import type { SearchMethod } from './method';

/**
 * GAEA (methods, section 7). Alpha holds the logarithm of the mixture weights theta, so that its softmax
 * is theta, and every rule and picture that reads alpha holds for it too.
 */
export function gaea(name: MethodName): SearchMethod {
  return {
    mixture: (_k, network, alpha) => network.mixture(alpha),
    step: alternating(name, {
      // The gradient is theta's own: nothing goes through a softmax.
      mixture: (_k, network, alpha) => ({
        p: network.mixture(alpha),
        gradient: (pass) => pass.mixtureGradient(),
      }),
      update: (k, { alpha }, gradient, { clock }) =>
        k.fused.methods.exponentiate(alpha, gradient, clock),
    }),
  };
}
