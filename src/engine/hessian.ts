/**
 * Half the distance between two gradients. With the ReLUs' gates held, a gradient is smooth in alpha:
 * near enough that third derivatives show only in the fifth digit, far enough that what float32 leaves
 * of a gradient does not show in the fourth.
 */
const STEP = 0.005;

/** Two alphas at the same distance to both sides of a third, in one entry. */
export interface AlphaPair {
  readonly plus: Float32Array;
  readonly minus: Float32Array;
}

/** The alphas at which gradients are wanted, entry by entry. */
export function alphaPairs(alpha: Float32Array): AlphaPair[] {
  return Array.from(alpha, (_, entry) => {
    const moved = (by: number) => alpha.map((value, i) => (i === entry ? value + by : value));
    return { plus: moved(STEP), minus: moved(-STEP) };
  });
}

/**
 * The Hessian from differences of gradients.
 *
 * @param differences of the gradients at each of {@link alphaPairs}, plus less minus
 */
export function hessianOf(
  pairs: readonly AlphaPair[],
  differences: readonly Float32Array[],
): number[][] {
  return pairs.map(({ plus, minus }, entry) => {
    // The distance as float32 has it.
    const distance = plus[entry]! - minus[entry]!;
    return Array.from(differences[entry]!, (difference) => difference / distance);
  });
}
