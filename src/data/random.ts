import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/**
 * A stream of seeded random numbers whose whole state is four 32-bit integers, so that a resumed run
 * draws what an uninterrupted one would have drawn. Every use of randomness (initial values, order,
 * augmentation, alpha batches) has a stream of its own name: drawing more from one moves no other.
 */
export class RandomStream {
  readonly #generator: RandomGenerator;

  private constructor(generator: RandomGenerator) {
    this.#generator = generator;
  }

  /**
   * The stream of this name under this seed; its 128-bit state is a hash of both.
   *
   * @throws RangeError when the seed is not a safe integer.
   */
  static named(seed: number, name: string): RandomStream {
    if (!Number.isSafeInteger(seed)) {
      throw new RangeError(`The seed ${seed} is not an integer of at most 53 bits.`);
    }
    return new RandomStream(xoroshiro128plusFromState(hash128(seed, name)));
  }

  /**
   * Continue from a saved {@link state}.
   *
   * @throws RangeError when it is not four 32-bit signed integers, or all zero.
   */
  static fromState(state: readonly number[]): RandomStream {
    if (state.length !== 4 || !state.every((word) => word === (word | 0))) {
      throw new RangeError(
        `The state of a random stream is four 32-bit integers, not [${state.join(', ')}].`,
      );
    }
    if (state.every((word) => word === 0)) {
      throw new RangeError('The state of a random stream must not be all zero.');
    }
    return new RandomStream(xoroshiro128plusFromState(state));
  }

  /** A copy of the state; JSON keeps it exactly. */
  state(): number[] {
    return [...this.#generator.getState()];
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  uniform(): number {
    const high = this.#generator.next() >>> 5;
    const low = this.#generator.next() >>> 6;
    return (high * 0x4000000 + low) * 2 ** -53;
  }

  /**
   * Uniform in 0..n-1 without bias, n in 1..2^32.
   *
   * @throws RangeError for any other n.
   */
  int(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) {
      throw new RangeError(`Cannot draw an integer below ${n}: the bound must be in 1..2^32.`);
    }
    if (n === 1) return 0;
    // Top bits with rejection: a modulus would be biased and would lean on the generator's lowest
    // bits, which are the weak ones of a + generator.
    const shift = Math.clz32(n - 1);
    let value = this.#generator.next() >>> shift;
    while (value >= n) value = this.#generator.next() >>> shift;
    return value;
  }

  /**
   * Standard normal, rounded to float32.
   *
   * Marsaglia's polar method without its second value, which would be state to save. Of its functions
   * only Math.log may differ between JavaScript engines, in the last bit of 53; rounding to 24 bits
   * hides nearly every such case. Node and Chromium are both V8, where it is the same code.
   */
  normal(): number {
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) return Math.fround(u * Math.sqrt((-2 * Math.log(s)) / s));
    }
  }

  /** Fisher-Yates, in place. */
  shuffle(items: Uint32Array): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const item = items[i]!;
      items[i] = items[j]!;
      items[j] = item;
    }
  }
}

/** Four words, every bit of which depends on every bit of the seed and of the name. */
function hash128(seed: number, name: string): number[] {
  // The digits of sqrt(2), sqrt(3), sqrt(5) and sqrt(7): any four unlike words would do.
  const lanes: Lanes = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a];
  absorb(lanes, seed | 0);
  absorb(lanes, Math.floor(seed / 2 ** 32) | 0);
  for (let i = 0; i < name.length; i++) absorb(lanes, name.charCodeAt(i));
  absorb(lanes, name.length);
  for (let round = 0; round < 4; round++) absorb(lanes, round);
  return lanes.some((word) => word !== 0) ? lanes : [...xoroshiro128plus(1).getState()];
}

type Lanes = [number, number, number, number];

/** One word into all lanes; each lane is avalanched and then feeds the next. */
function absorb(lanes: Lanes, word: number): void {
  let carry = word;
  for (let lane = 0; lane < 4; lane++) {
    carry = avalanche((lanes[lane]! ^ carry) + Math.imul(lane + 1, 0x9e3779b9));
    lanes[lane] = carry;
  }
  lanes[0] ^= carry;
}

/**
 * A bijection of 32-bit words in which each input bit flips about half of the output bits; shifts and
 * multipliers are the pair that Chris Wellons' search found to have the least bias (lowbias32).
 */
function avalanche(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}
