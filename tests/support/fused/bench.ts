import { expect } from 'vitest';
import type { Clock, FusedKernels, Tensor } from '../../../src/engine/fused/fused';
import { RATES } from '../../../src/engine/fused/fused';
import { sizeOf, type Kernels } from '../../../src/engine/kernels';
import type { NdArray } from '../plain-array';

/** Implementations under test on an open backend. */
export interface Opened {
  readonly k: Kernels;
  readonly fused: FusedKernels;
  /** Where it reads a step's rates: those that capture steps from the device. */
  readonly clock: 'host' | 'device';
  readonly close: () => void;
}

/** A tensor of its own, or a stretch of a bigger one. */
export type Place = 'whole' | 'stretch';

/** Elements before and after a stretch: the supernet's layout puts segments at multiples of 64. */
const BORDER = 64;
const BORDER_VALUE = 7.25;

/** Where a body finds its arguments. */
export interface Desk {
  /** An argument that must be left alone. */
  put(array: NdArray, place?: Place): Tensor;
  putInts(values: Int32Array, shape?: readonly number[]): Tensor;
  /** An argument that is changed in place or consumed. */
  give(array: NdArray): Tensor;
  /** Memory to be overwritten, all of it; what lies around it must be left alone. */
  into(shape: readonly number[], place?: Place): Tensor;
}

interface Watched {
  readonly tensor: Tensor;
  readonly values: Float32Array;
  /** May be changed from here to there. */
  readonly hole: readonly [number, number];
}

type Named<N extends string, T> = Readonly<Record<N, T>>;

/** Runs operations on arrays of the host, and watches what they must not do. */
export class Bench {
  readonly k: Kernels;
  readonly fused: FusedKernels;

  constructor(readonly opened: Opened) {
    this.k = opened.k;
    this.fused = opened.fused;
  }

  /**
   * The values of what `body` returns. Fails when an argument has changed, when a second run has
   * other bits, and when it leaves tensors behind.
   */
  async run<N extends string>(body: (desk: Desk) => Named<N, Tensor>): Promise<Named<N, NdArray>> {
    const first = await this.once(body);
    // The first run may have made constants.
    const count = this.k.count;
    const second = await this.once(body);
    expect(this.k.count, 'tensors alive').toBe(count);
    for (const name of Object.keys(first) as N[]) {
      expectSame(`${name} when repeated`, second[name].values, first[name].values);
    }
    return first;
  }

  private async once<N extends string>(body: (desk: Desk) => Named<N, Tensor>) {
    const { k } = this;
    const watched: Watched[] = [];
    const results = k.scope(() => {
      const value = body(this.desk(watched));
      const outputs = Object.values<Tensor>(value);
      return { keep: [...outputs, ...watched.map(({ tensor }) => tensor)], value };
    });
    const read: Partial<Record<N, NdArray>> = {};
    for (const name of Object.keys(results) as N[]) read[name] = await this.valuesOf(results[name]);
    for (const { tensor, values, hole } of watched) {
      const after = await k.read(tensor);
      after.set(values.subarray(...hole), hole[0]);
      expectSame(`argument [${tensor.shape.join()}]`, after, values);
    }
    const alive = [...Object.values<Tensor>(results), ...watched.map(({ tensor }) => tensor)];
    k.free(...new Map(alive.map((tensor) => [tensor.dataId, tensor])).values());
    return read as Named<N, NdArray>;
  }

  /** A tensor that may be a stretch of another. */
  private async valuesOf({ dataId, dtype, shape, offset = 0 }: Tensor): Promise<NdArray> {
    const all = await this.k.read({ dataId, dtype, shape: [offset + sizeOf(shape)] });
    return { shape: [...shape], values: Float64Array.from(all.subarray(offset)) };
  }

  private desk(watched: Watched[]): Desk {
    const { k } = this;
    const upload = (
      values: Float32Array,
      shape: readonly number[],
      hole: readonly [number, number],
    ) => {
      // A copy: in-place changes must not reach what is compared with.
      const tensor = k.upload(values.slice(), shape);
      watched.push({ tensor, values, hole });
      return tensor;
    };
    const stretch = (
      inner: Float32Array,
      shape: readonly number[],
      hole: readonly [number, number],
    ) => {
      const size = Math.ceil(inner.length / BORDER) * BORDER + 2 * BORDER;
      const values = new Float32Array(size).fill(BORDER_VALUE);
      values.set(inner, BORDER);
      return k.part(upload(values, [size], hole), BORDER, shape);
    };
    return {
      put: ({ values, shape }, place = 'whole') =>
        (place === 'whole' ? upload : stretch)(Float32Array.from(values), shape, [0, 0]),
      putInts: (values, shape = [values.length]) => {
        const tensor = k.upload(values.slice(), shape);
        watched.push({ tensor, values: Float32Array.from(values), hole: [0, 0] });
        return tensor;
      },
      give: ({ values, shape }) => k.upload(Float32Array.from(values), shape),
      into: (shape, place = 'whole') => {
        const size = sizeOf(shape);
        const values = new Float32Array(size).fill(BORDER_VALUE);
        return place === 'whole'
          ? upload(values, shape, [0, size])
          : stretch(values, shape, [BORDER, BORDER + size]);
      },
    };
  }

  /** A clock that shows `step`, its device part where this implementation reads it. */
  clock(rows: Float32Array, step: number): Clock {
    const onDevice = this.opened.clock === 'device';
    return {
      step,
      rows,
      table: onDevice ? this.k.upload(rows.slice(), [rows.length / RATES, RATES]) : null,
      counter: onDevice ? this.k.upload(Int32Array.of(step), [1]) : null,
    };
  }
}

type Floats = Float32Array | Float64Array;

/** Bit for bit. */
export function expectSame(name: string, got: Floats, expected: Floats): void {
  expect(got.length, `${name}: length`).toBe(expected.length);
  const at = got.findIndex((value, i) => !Object.is(value, expected[i]));
  expect(at, `${name}: first other element, ${got[at]}, not ${expected[at]}`).toBe(-1);
}

/**
 * Every element within `tolerance` of the largest magnitude: what float32 leaves of a sum whose terms
 * are that large.
 *
 * @param magnitude of the summands, where the sum itself is much smaller
 */
export function expectClose(
  name: string,
  got: NdArray,
  expected: NdArray,
  { tolerance = 1e-5, magnitude = largest(expected) } = {},
): void {
  expect(got.shape, `${name}: shape`).toEqual(expected.shape);
  let worst = 0;
  expected.values.forEach((value, i) => {
    // Written so that NaN is the worst.
    if (
      !(Math.abs(got.values[i]! - value) <= Math.abs(got.values[worst]! - expected.values[worst]!))
    )
      worst = i;
  });
  const difference = Math.abs(got.values[worst]! - expected.values[worst]!);
  expect(
    difference <= tolerance * magnitude,
    `${name}[${worst}] of [${got.shape.join()}]: ${got.values[worst]}, not ` +
      `${expected.values[worst]}: off by ${difference}, allowed ${tolerance * magnitude}`,
  ).toBe(true);
}

/** Means and inverse deviations, each against its own kind. */
export function expectMoments(name: string, got: NdArray, expected: NdArray): void {
  const channels = expected.shape[1]!;
  const kinds = ({ shape, values }: NdArray) =>
    [0, channels].map((from) => ({ shape, values: values.slice(from, from + channels) }));
  const [mean, inverse] = kinds(expected);
  // A mean near 0 is as exact as the numbers it is the mean of.
  const deviation = 1 / Math.min(...inverse!.values);
  const magnitude = Math.max(largest(mean!), deviation);
  expectClose(`${name}: mean`, kinds(got)[0]!, mean!, { magnitude });
  expectClose(`${name}: 1 / deviation`, kinds(got)[1]!, inverse!);
}

function largest({ values }: NdArray): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Tensors by a name with their place. */
export function listed<T>(name: string, tensors: readonly T[]): Record<string, T> {
  return Object.fromEntries(tensors.map((tensor, i) => [`${name} ${i}`, tensor]));
}
