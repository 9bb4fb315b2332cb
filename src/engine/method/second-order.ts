import type { Kernels, Tensor } from '../kernels';
import type { AlphaGradient } from './alternating';
import type { Batch, Network } from '../network';

/** Length of the displacement at whose two ends gradients are taken, as in the code of DARTS. */
export const DISTANCE = 0.01;

/** Gradients of one network at one alpha. */
export class Gradients {
  private readonly p: Tensor;

  constructor(
    private readonly k: Kernels,
    private readonly network: Network,
    alpha: Tensor,
  ) {
    this.p = network.mixture(alpha);
  }

  /** Of the loss of a batch with respect to the weights. */
  weights(at: Tensor, batch: Batch): Tensor {
    const { k, network, p } = this;
    return k.scope(() => {
      const gradient = network.forward(at, p, batch).weightGradient();
      return { keep: [gradient], value: gradient };
    });
  }

  /** With respect to alpha. */
  alpha(at: Tensor, batch: Batch): Tensor {
    const { gradient, scores } = this.first(at, batch);
    this.k.free(scores);
    return gradient;
  }

  /** With respect to alpha, and the scores. */
  first(at: Tensor, batch: Batch): AlphaGradient {
    const { k, network, p } = this;
    return k.scope(() => {
      const pass = network.forward(at, p, batch);
      const gradient = network.mixtureInput(p, pass.mixtureGradient());
      return { keep: [gradient, pass.scores], value: { gradient, scores: pass.scores } };
    });
  }

  /** With respect to both, and the scores. */
  both(at: Tensor, batch: Batch) {
    const { k, network, p } = this;
    return k.scope(() => {
      const { scores, gradients } = network.forward(at, p, batch);
      const { weights, mixture } = gradients();
      const alpha = network.mixtureInput(p, mixture);
      return { keep: [scores, weights, alpha], value: { scores, weights, alpha } };
    });
  }
}
