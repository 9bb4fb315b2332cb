import type { Clock, MixPlan, SgdState, Tensor } from './operands';

/** Numbers that the host draws for each step of an epoch. */
export interface Noise {
  readonly width: number;
  /** `[steps, width]` */
  readonly rows: Float32Array;
  /** The same on the device; null where steps are not captured. */
  readonly table: Tensor | null;
}

/** Two forward passes of an alpha gradient, at the same distance to both sides of the weights. */
export interface Sides {
  readonly plus: Tensor;
  readonly minus: Tensor;
}

/**
 * What only some search methods need: how alpha becomes mixture weights and how it moves. Tables are
 * `[edges, columns]`, a row for each edge. The conventions are those of `FusedKernels`.
 */
export interface MethodKernels {
  /** The numbers of the clock's step, `[width]`. */
  noise(noise: Noise, clock: Clock): Tensor;

  /**
   * Exponentiated gradient on the simplex, *in place*. With theta = softmax(alpha) and the clock's
   * alpha rate: theta <- theta exp(-rate g), then max(theta, 1e-5), then divided by the row's sum;
   * alpha becomes log theta.
   *
   * @param gradient with respect to theta
   */
  exponentiate(alpha: Tensor, gradient: Tensor, clock: Clock): void;

  /**
   * log(elu(alpha) + 1), the logarithm of a Dirichlet distribution's concentrations: a table, with
   * {@link DROPPED} for an entry that was dropped.
   *
   * @param kept a table of ones, and zeros for what was dropped; null: nothing was
   */
  logConcentration(alpha: Tensor, kept: Tensor | null): Tensor;

  /**
   * A sample of Dirichlet(elu(alpha) + 1) for each row.
   *
   * @param draws {@link DIRICHLET_DRAWS} numbers for each entry of alpha, one entry behind the other: a
   *   uniform one in (0, 1], then pairs of a normal and a uniform one
   * @param kept as for {@link logConcentration}: the sample is one of what is kept alone, and 0 elsewhere
   * @returns p, a table; slope, the derivative of the logarithm of each entry's gamma variate with
   *   respect to alpha
   */
  dirichlet(
    alpha: Tensor,
    draws: Tensor,
    kept: Tensor | null,
  ): { readonly p: Tensor; readonly slope: Tensor };
  /** Gradient of {@link dirichlet}'s p with respect to alpha, by implicit reparameterisation. */
  dirichletInput(p: Tensor, slope: Tensor, dp: Tensor): Tensor;
  /**
   * Gradient with a pull towards the uniform Dirichlet distribution in the place of Adam's L2: plus the
   * clock's L2 times the gradient by alpha of the sum over the rows of KL(Dir(elu(alpha) + 1) || Dir(1)),
   * minus the L2 times alpha, which Adam is going to add.
   */
  dirichletPull(alpha: Tensor, gradient: Tensor, clock: Clock): Tensor;

  /**
   * Gumbel softmax q of each row and the entry that is largest in it, as a 1 among zeros.
   *
   * @param draws `[1 + entries]`: the temperature, then a standard Gumbel number for each entry
   */
  gumbel(alpha: Tensor, draws: Tensor): { readonly p: Tensor; readonly q: Tensor };
  /**
   * Gradient of {@link gumbel} with respect to alpha, straight through p to q.
   *
   * @param dp gradient of p, of which the chosen entries count
   * @param shifts `[edges]`: gradient of a number added to all that an edge gives. It stands for the
   *   entries that were not chosen: they are added as numbers, and nothing of their operations is computed
   */
  gumbelInput(q: Tensor, p: Tensor, dp: Tensor, shifts: Tensor, draws: Tensor): Tensor;
  /**
   * Adds to each edge's shift the sum over its gradient, *in place*.
   *
   * @param sums of `FusedKernels.mixSums`
   * @param shifts `[edges]`
   */
  addShifts(sums: Tensor, shifts: Tensor, plan: MixPlan): void;

  /** Weights after a step of SGD with plain momentum and no clip; the state is left alone. */
  lookAhead(state: SgdState, gradient: Tensor, clock: Clock): Tensor;
  /** L2 norm of a vector, `[1]`. */
  length(vector: Tensor): Tensor;
  /** weights + distance * direction / length. @param length `[1]` */
  along(weights: Tensor, direction: Tensor, length: Tensor, distance: number): Tensor;
  /** weights + factor * (plus - minus). */
  apart(weights: Tensor, sides: Sides, factor: number): Tensor;
  /**
   * gradient - factor * (plus - minus) * length / (2 * distance): a gradient with a mixed second
   * derivative by central differences.
   *
   * @param factor a constant, or the clock's rate of the weights
   */
  corrected(
    gradient: Tensor,
    sides: Sides,
    length: Tensor,
    distance: number,
    factor: number | 'weight rate',
    clock: Clock,
  ): Tensor;
}

/** The least that an entry of theta may be before a row is divided by its sum. */
export const LEAST_SHARE = 1e-5;

/** Stands for the logarithm of 0: a softmax makes 0 of it, and no alpha comes so low. */
export const DROPPED = -1e4;

/** Proposals for a gamma variate. At worst one in twenty is refused, all of them one time in 10^8. */
export const PROPOSALS = 6;
/** See {@link MethodKernels.dirichlet}. */
export const DIRICHLET_DRAWS = 1 + 2 * PROPOSALS;
