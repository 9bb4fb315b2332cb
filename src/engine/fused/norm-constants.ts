/*
 * PyTorch's defaults for batch norms. The code in WebAssembly has an epsilon of its own, the same.
 */

/** Added to the variance. */
export const EPSILON = 1e-5;

/** Share of a batch in the running statistics. */
export const TRACKING = 0.1;
