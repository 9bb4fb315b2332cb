import type { Kernels, Tensor } from './kernels';
import type { Normalised } from './fused/fused';

/** A ReLU before a convolution. */
export interface Gate {
  /** What the convolution reads in place of x. */
  readonly read: Tensor;
  /** Whether it has still to be rectified. */
  readonly relu: boolean;
  /** Of x's shape: gradients pass where it is above 0. */
  readonly mask: Tensor;
}

/** Batch norm, ReLU and the mean over the pixels. */
export interface GatedPool {
  /** `[batch, channels]` */
  readonly pooled: Tensor;
  /** Gradient of the norm's result. */
  readonly backward: (dPooled: Tensor) => Tensor;
}

/** Which units of a supernet's ReLUs let through. */
export interface Gates {
  /** @param key of the ReLU within the network */
  of(key: string, x: Tensor): Gate;
  pool(key: string, n: Normalised, scale: Tensor, shift: Tensor): GatedPool;
}

/** Those of ordinary ReLUs: what is above 0. */
export function ownGates({ fused }: Kernels): Gates {
  return {
    of: (_key, x) => ({ read: x, relu: true, mask: x }),
    pool: (_key, n, scale, shift) => ({
      pooled: fused.headPool(n, scale, shift),
      backward: (dPooled) => fused.headPoolInput(n, scale, shift, dPooled),
    }),
  };
}

/**
 * Ordinary gates that remember what they let through, so that other passes can be held to it: with its
 * gates held, a network is smooth in alpha, and its second derivative is the one that automatic
 * differentiation gives, for which a ReLU is a straight line.
 */
export class HeldGates {
  private readonly masks = new Map<string, Tensor>();

  constructor(private readonly k: Kernels) {}

  /** For the pass that decides; it may be computed in parts, each of them freed at once. */
  get deciding(): Gates {
    const { k } = this;
    const own = ownGates(k);
    return {
      of: (key, x) => {
        this.decide(key, x);
        return own.of(key, x);
      },
      pool: (key, n, scale, shift) => {
        const y = k.fused.norm(n, scale, shift, null);
        this.decide(key, y);
        k.free(y);
        return own.pool(key, n, scale, shift);
      },
    };
  }

  /** For all passes after it. Their gradients of the weights are those of the held network as well. */
  get held(): Gates {
    const { k } = this;
    return {
      of: (key, x) => {
        const mask = this.maskOf(key);
        return { read: k.mul(x, mask), relu: false, mask };
      },
      pool: (key, n, scale, shift) => {
        const mask = this.maskOf(key);
        const y = k.fused.norm(n, scale, shift, null);
        const open = k.mul(y, mask);
        const pooled = k.fused.branches.pixelMean(open);
        k.free(y, open);
        return {
          pooled,
          backward: (dPooled) => {
            const g = k.fused.branches.pixelMeanInput(dPooled, n.z.shape);
            const masked = k.mul(g, mask);
            k.free(g);
            return masked;
          },
        };
      },
    };
  }

  dispose(): void {
    this.k.free(...this.masks.values());
    this.masks.clear();
  }

  private decide(key: string, x: Tensor): void {
    // Kept, since a cell that is computed twice frees all that it made the first time.
    this.masks.set(key, this.k.keep(this.k.step(x)));
  }

  private maskOf(key: string): Tensor {
    const mask = this.masks.get(key);
    if (!mask) throw new Error(`No pass has decided the gates of ${key}.`);
    return mask;
  }
}
