const STATE_SIZE = 624;
const SHIFT = 397;

/**
 * The generator behind CPython's `random`: MT19937 (Matsumoto and Nishimura 1998), seeded by the
 * absolute value of an integer. NAS-Bench-201 fixed its architecture order and its CIFAR-10 split
 * with it, so both can only be rebuilt by the same stream of bits.
 */
export class MersenneTwister {
  readonly #state = new Uint32Array(STATE_SIZE);
  #next = STATE_SIZE;

  constructor(seed: number) {
    this.#seedByArray(wordsOf(seed));
  }

  /** The next 32 bits, unsigned. */
  uint32(): number {
    if (this.#next === STATE_SIZE) this.#refill();
    let y = this.#state[this.#next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** Uniform in 0..n-1, n in 1..2^31: redraws the top bits until they fall below n, as CPython does. */
  below(n: number): number {
    const bits = 32 - Math.clz32(n);
    let value = this.uint32() >>> (32 - bits);
    while (value >= n) value = this.uint32() >>> (32 - bits);
    return value;
  }

  #seedByArray(key: readonly number[]): void {
    const state = this.#state;
    state[0] = 19650218;
    for (let i = 1; i < STATE_SIZE; i++) state[i] = Math.imul(1812433253, this.#mixed(i)) + i;
    let i = 1;
    let j = 0;
    for (let k = Math.max(STATE_SIZE, key.length); k > 0; k--) {
      state[i] = (state[i]! ^ Math.imul(this.#mixed(i), 1664525)) + key[j]! + j;
      i = this.#advance(i);
      j = (j + 1) % key.length;
    }
    for (let k = STATE_SIZE - 1; k > 0; k--) {
      state[i] = (state[i]! ^ Math.imul(this.#mixed(i), 1566083941)) - i;
      i = this.#advance(i);
    }
    state[0] = 0x80000000;
  }

  #mixed(i: number): number {
    const previous = this.#state[i - 1]!;
    return previous ^ (previous >>> 30);
  }

  #advance(i: number): number {
    if (i + 1 < STATE_SIZE) return i + 1;
    this.#state[0] = this.#state[STATE_SIZE - 1]!;
    return 1;
  }

  #refill(): void {
    const state = this.#state;
    for (let i = 0; i < STATE_SIZE; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % STATE_SIZE]! & 0x7fffffff);
      const twist = y & 1 ? 0x9908b0df : 0;
      state[i] = state[(i + SHIFT) % STATE_SIZE]! ^ (y >>> 1) ^ twist;
    }
    this.#next = 0;
  }
}

/** 32-bit words of |seed|, least significant first; zero has one word. */
function wordsOf(seed: number): number[] {
  const value = Math.abs(seed);
  const low = value % 2 ** 32;
  const high = Math.floor(value / 2 ** 32);
  return high === 0 ? [low] : [low, high];
}

/**
 * `l = list(range(n)); random.seed(seed); random.shuffle(l)` of CPython 3: the same list, number by
 * number.
 *
 * @throws RangeError when n is not an integer in 0..2^31, or the seed not a safe integer.
 */
export function shuffledRange(n: number, seed: number): number[] {
  if (!Number.isInteger(n) || n < 0 || n > 2 ** 31) {
    throw new RangeError(`Cannot shuffle a range of ${n} numbers: not an integer in 0..2^31.`);
  }
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`The seed ${seed} is not an integer of at most 53 bits.`);
  }
  const random = new MersenneTwister(seed);
  const list = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}
