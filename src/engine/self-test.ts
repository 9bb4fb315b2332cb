import { fillDraws } from '../data/augment';
import { packDraw, paddingOf } from '../data/draw';
import type { ImageSet } from '../data/images';
import { OPERATIONS } from '../paper/operation';
import type { AlphaOptimiser, WeightOptimiser } from '../paper/config';
import { rateRows } from './epoch-plan';
import { formulaAlpha, formulaBatch, formulaValue } from './formula';
import { Feed } from './feed';
import { RATES } from './fused/fused';
import type { Kernels, Tensor } from './kernels';
import { METHODS } from './method/registry';
import { Shelf } from './shelf';
import { Supernet } from './supernet';

/**
 * Three bilevel steps of a supernet of C = 4, N = 1 on four 8x8 images, by an independent float64
 * PyTorch implementation: train loss, gradient norm before the clip, alpha loss of each step, and the
 * alphas after the third.
 */
const STEPS = [
  [2.2324951392152084, 2.0791372432576605, 2.3324188279102387],
  [2.039045921372434, 1.9247705351878477, 2.3937976668507464],
  [1.833131431138371, 1.5926898019127, 2.4809952020291384],
] as const;
const ALPHA = [
  0.25257917, 0.27324457, 0.04147516, -0.22798125, -0.28673433, -0.08408853, 0.19740099, 0.29639101,
  0.12324323, -0.16356058, -0.30094046, -0.16191912, 0.12697485, 0.29640538, 0.19414025,
  -0.08647794, -0.28799979, -0.22437169, 0.04446258, 0.27370298, 0.25194343, -0.00203613,
  -0.25478042, -0.27153978, -0.03876673, 0.22809409, 0.28782276, 0.08035204, -0.19819198,
  -0.29552338,
];
/** Float32 against float64, over three steps. One alpha step moves an alpha by 3e-4. */
const LOSS_TOLERANCE = 2e-4;
const ALPHA_TOLERANCE = 5e-6;

const WEIGHTS: WeightOptimiser = {
  rate: 0.025,
  rateMin: 0.001,
  schedule: 'cosine',
  momentum: 0.9,
  decay: 5e-4,
  clip: 5,
};
const ALPHA_OPTIMISER: AlphaOptimiser = {
  rate: 3e-4,
  beta1: 0.5,
  beta2: 0.999,
  epsilon: 1e-8,
  l2: 1e-3,
  init: 1e-3,
};

export interface SelfTest {
  readonly passed: boolean;
  /** What was compared and, if it failed, where it went wrong. */
  readonly detail: string;
}

/**
 * Trains a small supernet for three steps, captured and replayed where the backend does that, and
 * compares losses, gradient norm and alphas with numbers from elsewhere: a driver or compiler that
 * computes something else must not be trained on. Where batches are cut on the device, they are
 * compared with the host's.
 */
export async function selfTest(k: Kernels): Promise<SelfTest> {
  const differences = [...(await trainingDifferences(k)), ...(await batchDifferences(k))];
  const wrong = differences.find(({ difference, tolerance }) => !(difference <= tolerance));
  if (!wrong) {
    // A label may not differ at all.
    const shares = differences.map(({ difference, tolerance }) => difference / (tolerance || 1));
    return {
      passed: true,
      detail:
        `Three bilevel steps agree with an independent implementation in ${differences.length} numbers; ` +
        `the largest difference is ${Math.max(...shares).toFixed(2)} of what rounding may make.`,
    };
  }
  return {
    passed: false,
    detail: `${wrong.what} is off by ${wrong.difference.toPrecision(2)}; at most ${wrong.tolerance} is rounding.`,
  };
}

interface Difference {
  readonly what: string;
  readonly difference: number;
  readonly tolerance: number;
}

async function trainingDifferences(k: Kernels): Promise<Difference[]> {
  const made: Tensor[] = [];
  const put = (values: Float32Array | Int32Array, shape: readonly number[]) => {
    const tensor = k.keep(k.upload(values, shape));
    made.push(tensor);
    return tensor;
  };
  const architecture = { channels: 4, cells: 1, resolution: 8, ops: OPERATIONS, classes: 10 };
  const supernet = new Supernet(k, architecture);
  const { size } = supernet.layout;
  const table = (values: Float32Array) => put(values, [6, 5]);
  const state = {
    sgd: {
      weights: put(supernet.layout.build(formulaValue), [size]),
      momentum: put(new Float32Array(size), [size]),
    },
    adam: {
      alpha: table(formulaAlpha(5)),
      first: table(new Float32Array(30)),
      second: table(new Float32Array(30)),
    },
  };
  const place = (q: number) => {
    const { images, labels } = formulaBatch(4, 8, q);
    return { images: put(images, [4, 8, 8, 3]), labels: put(labels, [4]) };
  };
  const train = place(0);
  const valid = place(1);
  const journal = {
    totals: put(new Float32Array(5), [5]),
    trail: put(new Float32Array(90), [3, 30]),
  };
  const plan = { batch: 4, images: 12, train: new Int32Array(12), alpha: null };
  const rates = { weightRate: WEIGHTS.rate, weights: WEIGHTS, alphaOptimiser: ALPHA_OPTIMISER };
  const rows = rateRows({ ...plan, ...rates }, 0);
  const clock = {
    step: 0,
    rows,
    table: put(rows, [3, RATES]),
    counter: put(Int32Array.of(0), [1]),
  };
  const body = () =>
    k.scope(() => {
      const scalars = METHODS['darts-v1'].step(k, supernet, state, {
        train,
        valid,
        clock,
        noise: null,
      });
      k.fused.tally(journal, clock, { ...scalars, alpha: state.adam.alpha });
      return { keep: [], value: undefined };
    });
  await k.fused.prepare(body);
  const differences: Difference[] = [];
  let before: Float32Array = new Float32Array(5);
  for (const [step, expected] of STEPS.entries()) {
    k.fused.run('self-test', body);
    clock.step += 1;
    const totals = await k.read(journal.totals);
    const [loss, , norm, alphaLoss] = totals.map((total, i) => total - before[i]!);
    [loss!, norm!, alphaLoss!].forEach((value, i) =>
      differences.push({
        what: `${['The loss', 'The gradient norm', 'The alpha loss'][i]!} of step ${step + 1}`,
        difference: Math.abs(value - expected[i]!),
        tolerance: LOSS_TOLERANCE,
      }),
    );
    before = totals;
  }
  const trail = await k.read(journal.trail);
  trail.subarray(60).forEach((value, i) =>
    differences.push({
      what: `Alpha ${i % 5} of edge ${Math.floor(i / 5)}`,
      difference: Math.abs(value - ALPHA[i]!),
      tolerance: ALPHA_TOLERANCE,
    }),
  );
  k.free(...made);
  k.fused.forget();
  return differences;
}

async function batchDifferences(k: Kernels): Promise<Difference[]> {
  if (!k.fused.augment) return [];
  const set: ImageSet = {
    resolution: 8,
    count: 5,
    pixels: Uint8Array.from({ length: 5 * 192 }, (_, i) => (i * 7919) % 256),
    labels: Uint8Array.from([3, 1, 4, 1, 5]),
  };
  const draws = Int32Array.from({ length: 4 }, (_, i) =>
    packDraw({ number: (i * 3) % 5, row: i % 3, column: paddingOf(8) * (i % 2), flip: i > 1 }),
  );
  const expected = { images: new Float32Array(4 * 192), labels: new Int32Array(4) };
  fillDraws(set, draws, expected.images, expected.labels);
  const shelf = new Shelf(k, set);
  const feed = new Feed(k);
  feed.begin({ batch: 4, images: 4 }, new Map([[shelf, draws]]), new Float32Array(RATES));
  const batch = k.scope(() => {
    const made = feed.batch(shelf);
    return { keep: [made.images, made.labels], value: made };
  });
  const images = await k.read(batch.images);
  const labels = await k.read(batch.labels);
  k.free(batch.images, batch.labels);
  feed.dispose();
  shelf.dispose();
  const worst = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
  return [
    { what: 'An image cut', difference: worst(images, expected.images), tolerance: 1e-5 },
    { what: 'A label', difference: worst(labels, expected.labels), tolerance: 0 },
  ];
}
