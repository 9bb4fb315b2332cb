import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MixPlan, Tensor } from '../../src/engine/fused/fused';
import { fusedSuite, threadingSuite, type Opened } from '../support/fused-suite';
import { noise } from '../support/fused/noise';
import { FEW, MANY, openGpu, type OpenedGpu } from '../support/webgpu';

/** Storage buffers of a program that every WebGPU device allows. */
const FEWEST_BINDINGS = 8;

const on = (threads: number) => async (): Promise<Opened> => ({
  ...(await openGpu(threads)),
  clock: 'device',
});

fusedSuite('webgpu, a few threads', on(FEW), { runs: 3 });
threadingSuite('webgpu, many threads', on(MANY));

/** Every kernel that depends on the device, at a size where sums go in many parts. */
async function everything({ k, fused, errors }: OpenedGpu): Promise<Record<string, Float32Array>> {
  const [batch, size, channels, edges] = [8, 16, 8, 3];
  const put = (shape: readonly number[], seed: number, mean = 0) =>
    k.upload(Float32Array.from(noise(shape, seed, { mean }).values), shape);
  const plan: MixPlan = { edges: [0, 1, 3], columns: 5, skip: 1, pool: 4, convs: [2, 3] };
  const options = { stride: 1, relu: true } as const;
  const results = k.scope(() => {
    const x = put([batch, size, size, channels], 1);
    const p = put([6, 5], 2);
    const far = put([batch, size, size, channels], 3, 10);
    const dys = [4, 5, 6].map((seed) => put(x.shape, seed));
    const filters = [1, 3].map((width, i) =>
      put([width, width, channels, edges * channels], 7 + i),
    );
    const convs = fused.convNorms(x, filters, options);
    const dp = fused.zeros([6, 5]);
    const sums = fused.mixSums(x, convs, dys, dp, plan);
    const dzs = fused.mixConvs(p, convs, sums, dys, plan);
    const intos = filters.map(({ shape }) => k.allocate(shape));
    const gradients = dzs.map((dz, i) => ({ dz, into: intos[i]!, filter: filters[i]! }));
    fused.convFilters(x, gradients, options);
    const [scale, shift] = [9, 10].map((seed) => put([edges * channels], seed)) as [Tensor, Tensor];
    const wide = put([batch, size, size, edges * channels], 11);
    const n = { z: far, moments: fused.moments(far) };
    const named: Record<string, Tensor> = {
      'later node': fused.mix(x, p, convs, [null, null, null], plan)[2]!,
      sums,
      dp,
      dz: dzs[1]!,
      dx: fused.sourceInput(x, p, gradients, dys, plan),
      'dFilter 1': intos[0]!,
      'dFilter 3': intos[1]!,
      moments: n.moments,
      norm: fused.norm(convs[0]!, scale, shift, null),
      normInput: fused.normInput(convs[0]!, scale, fused.normSums(convs[0]!, wide, null), wide),
      normSums: fused.normSums(n, x, null),
    };
    return { keep: Object.values(named), value: named };
  });
  const read: Record<string, Float32Array> = {};
  for (const [name, tensor] of Object.entries(results)) read[name] = await k.read(tensor);
  k.free(...Object.values(results));
  expect(errors).toEqual([]);
  return read;
}

describe('devices of all kinds agree', () => {
  let expected: Record<string, Float32Array>;
  beforeAll(async () => {
    const first = await openGpu(FEW);
    expected = await everything(first);
    first.close();
  }, 120_000);

  test.each([
    ['many threads that share memory', MANY, {}, 2e-6],
    ['the fewest bindings that WebGPU promises', FEW, { bindings: FEWEST_BINDINGS }, 2e-6],
    ['16-bit floats, within their three digits', FEW, { half: true }, 2e-3],
    ['16-bit floats and many threads', MANY, { half: true }, 2e-3],
  ])('%s', async (_, threads, options, tolerance) => {
    const second = await openGpu(threads, options);
    const got = await everything(second);
    second.close();
    for (const [name, values] of Object.entries(expected)) {
      const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const worst = values.reduce((most, v, i) => Math.max(most, Math.abs(v - got[name]![i]!)), 0);
      expect(worst / scale, name).toBeLessThan(tolerance);
    }
  });
});

test('16-bit floats take half of the memory', async () => {
  const bytes: number[] = [];
  for (const half of [false, true]) {
    const { k, fused, errors, close } = await openGpu(FEW, { half });
    const x = k.keep(fused.zeros([4, 8, 8, 4]));
    const filter = k.keep(fused.zeros([1, 1, 4, 12]));
    const before = fused.bytes;
    const [{ z }] = k.scope(() => {
      const made = fused.convNorms(x, [filter], { stride: 1, relu: true });
      return { keep: [made[0]!.z], value: [made[0]!] as const };
    });
    fused.forget();
    bytes.push(fused.bytes - before);
    k.free(z);
    expect(errors).toEqual([]);
    close();
  }
  expect(bytes).toEqual([4 * 4 * 8 * 8 * 12, 2 * 4 * 8 * 8 * 12]);
});

describe('recorded steps', () => {
  let opened: OpenedGpu;
  beforeAll(async () => {
    opened = await openGpu(FEW);
  });
  afterAll(() => opened.close());

  test('hold tfjs kernels, too', async () => {
    const { k, fused, errors } = opened;
    const state = k.keep(k.upload(new Float32Array(64).fill(1), [64]));
    const totals = k.keep(k.upload(new Float32Array(5), [5]));
    const trail = k.keep(k.upload(new Float32Array(1), [1]));
    const counter = k.keep(k.upload(Int32Array.of(0), [1]));
    const clock = { step: 0, rows: new Float32Array(12), table: trail, counter };
    const body = () =>
      k.scope(() => {
        const before = fused.dispatches;
        const doubled = k.mul(k.add(state, state), k.scalar(0.25));
        const scores = k.concat([k.sumAll(doubled), k.sumAll(state)], 0);
        expect(fused.dispatches).toBeGreaterThan(before);
        fused.tally({ totals, trail }, clock, {
          train: scores,
          norm: null,
          valid: null,
          alpha: null,
        });
        return { keep: [], value: undefined };
      });
    const dispatches: number[] = [];
    for (let step = 0; step < 5; step++) {
      const before = fused.dispatches;
      fused.run('tfjs', body);
      dispatches.push(fused.dispatches - before);
    }
    expect([...(await k.read(totals))]).toEqual([160, 320, 0, 0, 0]);
    expect([...(await k.read(counter))]).toEqual([5]);
    expect(new Set(dispatches).size).toBe(1);
    k.write(state, new Float32Array(64).fill(2));
    fused.run('tfjs', body);
    expect([...(await k.read(totals))]).toEqual([224, 448, 0, 0, 0]);
    expect(errors).toEqual([]);
    fused.forget();
    k.free(state, totals, trail, counter);
  });

  test('refuse values that a replay would not see change', () => {
    const { k, fused } = opened;
    const body = () =>
      k.scope(() => {
        k.relu(k.upload(Float32Array.of(1, 2, 3), [3]));
        return { keep: [], value: undefined };
      });
    expect(() => fused.run('uploads', body)).toThrow(/uploads values/);
    fused.forget();
  });

  test('refuse to free what they did not make', () => {
    const { k, fused } = opened;
    const outside = k.keep(fused.zeros([4]));
    expect(() => fused.run('frees', () => k.free(outside))).toThrow(/made outside/);
    fused.forget();
  });

  test('use no more memory however often they run, and none once forgotten', async () => {
    const { k, fused } = opened;
    const x = k.keep(k.upload(Float32Array.from(noise([4, 8, 8, 4], 1).values), [4, 8, 8, 4]));
    const filter = k.keep(k.upload(Float32Array.from(noise([3, 3, 4, 4], 2).values), [3, 3, 4, 4]));
    const layers = (count: number) => () =>
      k.scope(() => {
        let y: Tensor = x;
        for (let layer = 0; layer < count; layer++) {
          const next = fused.conv(y, filter, { stride: 1, relu: true });
          if (y !== x) k.free(y);
          y = next;
        }
        return { keep: [], value: undefined };
      });
    // Uploads the arguments.
    layers(1)();
    fused.forget();
    const before = fused.bytes;
    fused.resetPeak();
    fused.run('8 layers', layers(8));
    const image = 4 * 4 * 8 * 8 * 4;
    // Two at a time are enough, and another step uses the same two.
    expect(fused.bytes - before).toBe(2 * image);
    for (let n = 0; n < 20; n++) fused.run('8 layers', layers(8));
    fused.run('5 layers', layers(5));
    await fused.pace();
    expect(fused.bytes - before).toBe(2 * image);
    expect(fused.peakBytes).toBe(fused.bytes);
    fused.forget();
    expect(fused.bytes).toBe(before);
    k.free(x, filter);
  });

  test('are timed kernel by kernel', async () => {
    const { k, fused } = opened;
    const times = await fused.profile(() => {
      k.scope(() => {
        const alpha = fused.zeros([6, 5]);
        fused.softmaxInput(fused.softmax(alpha), fused.softmax(alpha));
        return { keep: [], value: undefined };
      });
    });
    const counts = times!.map(({ name, count }) => [name, count] as const);
    expect(new Map(counts)).toEqual(
      new Map([
        ['zeros', 1],
        ['softmax', 2],
        ['softmaxInput', 1],
      ]),
    );
    for (const { ms } of times!) expect(ms).toBeGreaterThanOrEqual(0);
  });
});
