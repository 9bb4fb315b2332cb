import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/data/random';
import { rateRows } from '../../../src/engine/epoch-plan';
import { gammaSlope, logVariate } from '../../../src/engine/fused/gamma';
import { DIRICHLET_DRAWS, DROPPED } from '../../../src/engine/fused/method';
import type { Kernels } from '../../../src/engine/kernels';
import { METHODS } from '../../../src/engine/method/registry';
import { mostProbable } from '../../../src/engine/method/setn';
import type { Network } from '../../../src/engine/network';
import { METHOD_NAMES, type MethodName, type Settings } from '../../../src/paper/config';
import { USUAL_ETA } from '../../../src/paper/method/amended-darts';
import { recipeOf } from '../../../src/paper/method/recipe';
import { METHOD_FACTS } from '../../../src/paper/method/registry';
import { startBackend } from '../../support/backends';
import {
  EdgedToyNetwork,
  TOY,
  toyLoss,
  ToyNetwork,
  type ToyBatch,
} from '../../support/toy-network';

/*
 * Every method takes steps on a toy of six edges, and so does the method as its paper writes it: float64,
 * gradients by central differences of a loss, second derivatives of total ones.
 */

const STEPS = 3;
const WEIGHTS = { rate: 0.2, momentum: 0.9, decay: 0.01, clip: 5 };
// A large epsilon makes Adam's steps follow the size of the gradient and not its sign alone.
const ADAM = { rate: 0.5, beta1: 0.5, beta2: 0.999, epsilon: 1, l2: 0.01, init: 0 };
const EXPONENTIATED = { rate: 0.5, beta1: 0, beta2: 0, epsilon: 0, l2: 0, init: 0 };

const [BATCHES, START] = (() => {
  const stream = RandomStream.named(1, 'toy');
  const numbers = (count: number) => Array.from({ length: count }, () => stream.normal());
  const batch = (): ToyBatch => ({ x: numbers(TOY.edges), label: stream.int(5) - 2 });
  const batches = Array.from({ length: STEPS }, () => ({ train: batch(), valid: batch() }));
  const start = { weights: numbers(TOY.size), alpha: numbers(TOY.size) };
  return [batches, { ...start, edges: numbers(TOY.edges) }] as const;
})();

type Vector = readonly number[];
type Loss = (at: Vector) => number;

function gradientOf(loss: Loss, at: Vector, h = 1e-4): number[] {
  return at.map((_, i) => {
    const moved = (d: number) => at.map((value, j) => (i === j ? value + d : value));
    return (loss(moved(h)) - loss(moved(-h))) / (2 * h);
  });
}

/** PC-DARTS: a softmax of each row times one over the edges into a node, and the latter behind it. */
function edged(alpha: Vector): number[] {
  const powers = alpha.slice(TOY.size).map(Math.exp);
  const nodes = [[0], [1, 2], [3, 4, 5]];
  const weights = nodes.flatMap((edges) => {
    const sum = edges.reduce((all, edge) => all + powers[edge]!, 0);
    return edges.map((edge) => powers[edge]! / sum);
  });
  const shares = softmax(alpha.slice(0, TOY.size));
  return [...shares.map((p, i) => p * weights[Math.floor(i / TOY.ops)]!), ...weights];
}

function softmax(alpha: Vector): number[] {
  return alpha.flatMap((_, i) => {
    if (i % TOY.ops > 0) return [];
    const powers = alpha.slice(i, i + TOY.ops).map(Math.exp);
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
  });
}

const dot = (a: Vector, b: Vector) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const plus = (a: Vector, b: Vector, factor = 1) => a.map((value, i) => value + factor * b[i]!);
const length = (a: Vector) => Math.hypot(...a);

/** A search in float64. */
class Plain {
  weights: Vector = START.weights;
  private velocity: Vector = START.weights.map(() => 0);
  private first: Vector;
  private second: Vector;
  private steps = 0;

  constructor(
    public alpha: Vector,
    private readonly nesterov: boolean,
  ) {
    this.first = this.second = alpha.map(() => 0);
  }

  /** SGD on the loss of a mixture. */
  weightsStep(p: Vector, batch: ToyBatch): void {
    const raw = gradientOf((w) => toyLoss(w, p, batch), this.weights);
    const clipped = raw.map((g) => g * Math.min(1, WEIGHTS.clip / (length(raw) + 1e-6)));
    const g = plus(clipped, this.weights, WEIGHTS.decay);
    this.velocity = plus(g, this.velocity, WEIGHTS.momentum);
    const step = this.nesterov ? plus(g, this.velocity, WEIGHTS.momentum) : this.velocity;
    this.weights = plus(this.weights, step, -WEIGHTS.rate);
  }

  /** @param pull what Adam's L2 weighs */
  adam(gradient: Vector, pull: Vector = this.alpha): void {
    const { beta1, beta2, epsilon, rate, l2 } = ADAM;
    const g = plus(gradient, pull, l2);
    this.steps += 1;
    this.first = this.first.map((m, i) => beta1 * m + (1 - beta1) * g[i]!);
    this.second = this.second.map((s, i) => beta2 * s + (1 - beta2) * g[i]! ** 2);
    this.alpha = this.alpha.map((a, i) => {
      const m = this.first[i]! / (1 - beta1 ** this.steps);
      const s = this.second[i]! / (1 - beta2 ** this.steps);
      return a - (rate * m) / (Math.sqrt(s) + epsilon);
    });
  }

  /** Gradient of alpha's batch, where p depends on alpha alone. */
  alphaGradient(batch: ToyBatch, mixture = softmax): number[] {
    return gradientOf((a) => toyLoss(this.weights, mixture(a), batch), this.alpha);
  }

  /** Weights after a virtual step for an alpha. */
  ahead(alpha: Vector, batch: ToyBatch): number[] {
    const g = gradientOf((w) => toyLoss(w, softmax(alpha), batch), this.weights);
    const slope = plus(plus(g, this.weights, WEIGHTS.decay), this.velocity, WEIGHTS.momentum);
    return plus(this.weights, slope, -WEIGHTS.rate);
  }
}

type PlainStep = (search: Plain, train: ToyBatch, valid: ToyBatch, drawn: Vector) => void;

/** The half of a step's numbers that belongs to a level. */
const half = (drawn: Vector, level: 'weights' | 'alpha') =>
  level === 'alpha' ? drawn.slice(0, drawn.length / 2) : drawn.slice(drawn.length / 2);

const concentration = (a: number) => (a > 0 ? 1 + a : Math.exp(a));

/** A Dirichlet sample at `alpha`, and how it moves with alpha. */
function dirichlet(alpha: Vector, drawn: Vector): (moved: Vector) => number[] {
  const logs = alpha.map((a, i) => {
    const own = drawn.slice(i * DIRICHLET_DRAWS, (i + 1) * DIRICHLET_DRAWS);
    return logVariate(concentration(a), own);
  });
  const slopes = alpha.map((a, i) => gammaSlope(concentration(a), logs[i]!));
  return (moved) =>
    softmax(
      logs.map(
        (log, i) => log + slopes[i]! * (concentration(moved[i]!) - concentration(alpha[i]!)),
      ),
    );
}

function gumbel(alpha: Vector, drawn: Vector): { q: number[]; chosen: boolean[] } {
  const [temperature, ...noise] = drawn;
  const scores = softmax(alpha).map((p, i) => (Math.log(p) + noise[i]!) / temperature!);
  const q = softmax(scores);
  const chosen = q.map((share, i) => {
    const start = i - (i % TOY.ops);
    return share === Math.max(...q.slice(start, start + TOY.ops));
  });
  return { q, chosen };
}

const gaea: PlainStep = (search, train, valid) => {
  const theta = softmax(search.alpha);
  const g = gradientOf((p) => toyLoss(search.weights, p, valid), theta);
  const moved = theta.map((p, i) => Math.max(p * Math.exp(-EXPONENTIATED.rate * g[i]!), 1e-5));
  const sums = moved.map((_, i) => {
    const start = i - (i % TOY.ops);
    return moved.slice(start, start + TOY.ops).reduce((a, b) => a + b);
  });
  search.alpha = moved.map((p, i) => Math.log(p / sums[i]!));
  search.weightsStep(softmax(search.alpha), train);
};

/** Amended-DARTS with a weight of its second-order term. */
function amended(eta: number): PlainStep {
  return (search, train, valid) => {
    const { weights, alpha } = search;
    const slope = (w: Vector, a: Vector) => gradientOf((at) => toyLoss(at, softmax(a), train), w);
    const v = gradientOf((w) => toyLoss(w, softmax(alpha), valid), weights);
    const h = 1e-3 / length(v);
    const sides = [h, -h].map((d) => slope(plus(weights, v, d), alpha));
    const hessianTimesV = plus(sides[0]!, sides[1]!, -1).map((d) => d / (2 * h));
    const mixed = gradientOf((a) => dot(slope(weights, a), hessianTimesV), alpha, 1e-3);
    search.adam(plus(search.alphaGradient(valid), mixed, -eta));
    search.weightsStep(softmax(search.alpha), train);
  };
}

/**
 * DrNAS with a regulariser, by its gradient; it weighs as much as Adam's L2.
 *
 * @param pruned what becomes of a sample
 */
function drnasBy(pull: (alpha: Vector) => Vector, pruned = (p: Vector) => p): PlainStep {
  return (search, train, valid, drawn) => {
    const sample = dirichlet(search.alpha, half(drawn, 'alpha'));
    const gradient = search.alphaGradient(valid, (a) => [...pruned(sample([...a]))]);
    search.adam(gradient, pull(search.alpha));
    const other = dirichlet(search.alpha, half(drawn, 'weights'));
    search.weightsStep(pruned(other(search.alpha)), train);
  };
}

/** Operations of the toy's edges that a progressive search might keep: two, one, two, ... */
const KEPT: Vector = [1, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1];

/** As the method's own code does it: what was dropped becomes 0, and the rest is divided by its sum. */
function pruned(p: Vector): number[] {
  const left = p.map((share, i) => share * KEPT[i]!);
  return left.map((share, i) => {
    const start = i - (i % TOY.ops);
    return share / left.slice(start, start + TOY.ops).reduce((a, b) => a + b);
  });
}

/** Of the KL divergence of an edge's Dirichlet distribution from the uniform one, by differences. */
function klPull(alpha: Vector): Vector {
  return gradientOf(
    (moved) => {
      const shapes = moved.map(concentration);
      let sum = 0;
      for (let start = 0; start < TOY.size; start += TOY.ops) {
        sum += divergence(shapes.slice(start, start + TOY.ops));
      }
      return sum;
    },
    alpha,
    1e-3,
  );
}

/** KL(Dir(b) || Dir(1)), with log Gamma and psi by Stirling's series behind their recurrence. */
function divergence(b: Vector): number {
  const total = b.reduce((sum, shape) => sum + shape, 0);
  return b.reduce(
    (sum, shape) => sum - logGamma(shape) + (shape - 1) * (psi(shape) - psi(total)),
    logGamma(total) - logGamma(b.length),
  );
}

function psi(y: number): number {
  let shift = 0;
  let z = y;
  for (; z < 12; z++) shift += 1 / z;
  return Math.log(z) - 1 / (2 * z) - 1 / (12 * z ** 2) + 1 / (120 * z ** 4) - shift;
}

function logGamma(y: number): number {
  let shift = 0;
  let z = y;
  for (; z < 12; z++) shift += Math.log(z);
  const series = 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1260 * z ** 5);
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

const PLAIN: Readonly<Record<MethodName, PlainStep>> = {
  'darts-v1': (search, train, valid) => {
    search.weightsStep(softmax(search.alpha), train);
    search.adam(search.alphaGradient(valid));
  },
  'darts-v2': (search, train, valid) => {
    // The total derivative that the finite difference stands for.
    const total = (a: Vector) => toyLoss(search.ahead(a, train), softmax(a), valid);
    search.adam(gradientOf(total, search.alpha));
    search.weightsStep(softmax(search.alpha), train);
  },
  'amended-darts': (...step) => amended(USUAL_ETA)(...step),
  'gaea-bilevel': gaea,
  'gaea-erm': gaea,
  drnas: drnasBy((alpha) => alpha),
  gdas: (search, train, valid, drawn) => {
    const trained = gumbel(search.alpha, half(drawn, 'weights')).chosen.map(Number);
    search.weightsStep(trained, train);
    const own = half(drawn, 'alpha');
    const { q, chosen } = gumbel(search.alpha, own);
    // onehot + q - stop(q): the chosen operation's weight and, as mere numbers, all the others'.
    const surrogate = (a: Vector) => {
      const change = plus(gumbel(a, own).q, q, -1);
      const p = change.map((d, i) => (chosen[i] ? 1 + d : 0));
      const added = change.reduce((sum, d, i) => sum + (chosen[i] ? 0 : d), 0);
      return toyLoss(search.weights, p, valid, added);
    };
    search.adam(gradientOf(surrogate, search.alpha));
  },
  setn: (search, train, valid, drawn) => {
    search.weightsStep(drawn, train);
    search.adam(search.alphaGradient(valid));
  },
  rsps: (search, train, _valid, drawn) => search.weightsStep(drawn, train),
  enas: (search, train, _valid, drawn) => search.weightsStep(drawn, train),
  'pc-darts': (search, train, valid) => {
    search.adam(search.alphaGradient(valid, edged));
    search.weightsStep(edged(search.alpha), train);
  },
};

describe('search methods on a toy', () => {
  let k: Kernels;
  beforeAll(async () => {
    k = await startBackend('cpu');
  });
  afterAll(() => k.dispose());

  const train = async (
    name: MethodName,
    rules = PLAIN[name],
    { eta, options = [] }: Pick<Settings, 'eta' | 'options'> = {},
    kept: Vector | null = null,
  ) => {
    const method = METHODS[name];
    const hasEdges = name === 'pc-darts';
    const toy = hasEdges ? new EdgedToyNetwork(k) : new ToyNetwork(k);
    const put = (values: Vector, shape: readonly number[]) =>
      k.keep(k.upload(Float32Array.from(values), shape));
    const marks = kept && put(kept, toy.alphaShape);
    const network = Object.assign(toy, { kept: marks }) as unknown as Network;
    const usual = hasEdges ? [...START.alpha, ...START.edges] : START.alpha;
    const alpha = usual.map((value, i) => (kept?.[i] === 0 ? 0 : value));
    const zeros = () =>
      put(
        alpha.map(() => 0),
        network.alphaShape,
      );
    const state = {
      sgd: {
        weights: put(START.weights, [TOY.size]),
        momentum: put(
          START.weights.map(() => 0),
          [TOY.size],
        ),
      },
      adam: { alpha: put(alpha, network.alphaShape), first: zeros(), second: zeros() },
    };
    const plan = {
      ...{ batch: 1, images: STEPS, train: new Int32Array(STEPS), alpha: null },
      weightRate: WEIGHTS.rate,
      weights: { ...WEIGHTS, rateMin: 0, schedule: 'constant' as const },
      alphaOptimiser: name.startsWith('gaea') ? EXPONENTIATED : ADAM,
    };
    const { nesterov } = recipeOf({ method: name });
    const rows = rateRows(plan, 0, nesterov);
    const plain = new Plain(alpha, nesterov);
    const stream = RandomStream.named(3, name);
    const width = method.noise?.width(TOY.size) ?? 0;
    const place = ({ x, label }: ToyBatch) => ({
      images: k.upload(Float32Array.from(x), [1, 1, 2, 3]),
      labels: k.upload(Int32Array.of(label), [1]),
    });
    for (const [step, batches] of BATCHES.entries()) {
      const drawn = new Float32Array(width);
      method.noise?.draw(stream, drawn, step, STEPS);
      k.scope(() => {
        const clock = { step, rows, table: null, counter: null };
        const noise = method.noise ? k.upload(drawn, [width]) : null;
        const valid = METHOD_FACTS[name].trainsAlpha ? place(batches.valid) : null;
        const input = { train: place(batches.train), valid, clock, noise, options };
        method.step(k, network, state, { ...input, ...(eta !== undefined && { eta }) });
        return { keep: [], value: undefined };
      });
      rules(plain, batches.train, batches.valid, [...drawn]);
    }
    const got = { weights: await k.read(state.sgd.weights), alpha: await k.read(state.adam.alpha) };
    const { sgd, adam } = state;
    const logits = k.scope(() => {
      const tensor = method.logits?.(k, network, adam.alpha) ?? adam.alpha;
      return { keep: [tensor], value: tensor };
    });
    const recorded = await k.read(logits);
    if (logits !== adam.alpha) k.free(logits);
    k.free(sgd.weights, sgd.momentum, adam.alpha, adam.first, adam.second);
    if (marks) k.free(marks);
    return { got, plain, alpha, recorded };
  };

  type Trained = Awaited<ReturnType<typeof train>>;
  const expectAsPlain = (name: MethodName, { got, plain, alpha }: Trained) => {
    // Differences at 0.01 of a length, in float32, stand for derivatives in the second-order methods.
    const tolerance = name === 'darts-v2' || name === 'amended-darts' ? 1e-3 : 1e-4;
    const expectNear = (values: Float32Array, expected: Vector, start: Vector, moves: boolean) => {
      const way = length(plus(expected, start, -1));
      if (moves) expect(way).toBeGreaterThan(0.05);
      expect(length(plus([...values], expected, -1))).toBeLessThan(tolerance * (moves ? way : 1));
    };
    expectNear(got.weights, plain.weights, START.weights, true);
    expectNear(got.alpha, plain.alpha, alpha, METHOD_FACTS[name].trainsAlpha);
  };

  test.each(METHOD_NAMES)('%s moves as its paper says', async (name) => {
    expectAsPlain(name, await train(name));
  });

  test.each([0, 1])('amended-darts does with eta %d', async (eta) => {
    const trained = await train('amended-darts', amended(eta), { eta });
    expectAsPlain('amended-darts', trained);
    const usual = await train('amended-darts');
    expect(length(plus([...trained.got.alpha], [...usual.got.alpha], -1))).toBeGreaterThan(0.01);
  });

  test('amended-darts does with its second difference rescaled', async () => {
    const rescaled = await train('amended-darts', amended(1), { eta: 1, options: ['rescaled'] });
    expectAsPlain('amended-darts', rescaled);
    // Nearly the same, but not the same numbers: another displacement.
    const other = await train('amended-darts', amended(1), { eta: 1 });
    expect(rescaled.got.alpha).not.toEqual(other.got.alpha);
  });

  test('drnas does with the KL divergence in place of L2', async () => {
    const trained = await train('drnas', drnasBy(klPull), { options: ['kl'] });
    expectAsPlain('drnas', trained);
    const usual = await train('drnas');
    expect(length(plus([...trained.got.alpha], [...usual.got.alpha], -1))).toBeGreaterThan(0.01);
  });

  test.each([{ options: [] }, { options: ['kl' as const] }])(
    'drnas does with what a progressive search has kept, $options',
    async ({ options }) => {
      const pull = options.length > 0 ? klPull : (alpha: Vector) => alpha;
      const trained = await train('drnas', drnasBy(pull, pruned), { options }, KEPT);
      expectAsPlain('drnas', trained);
      const { got, recorded } = trained;
      KEPT.forEach((kept, i) => {
        if (kept === 1) {
          expect(recorded[i]).toBeCloseTo(Math.log(concentration(got.alpha[i]!)), 5);
        } else {
          expect(recorded[i]).toBe(DROPPED);
          // Adam has no gradient to follow; the divergence is of all operations.
          if (options.length === 0) expect(got.alpha[i]).toBe(0);
        }
      });
      const rows = Array.from(recorded.keys()).filter((i) => i % TOY.ops === 0);
      const means = rows.map((start) => softmax([...recorded.slice(start, start + TOY.ops)]));
      expect(means.flat().map((share) => Number(share > 0))).toEqual(KEPT);
    },
  );

  test('SETN proposes the most probable cells, best first', () => {
    const rows = [
      [-1, -2.5, -4],
      [-0.5, -3.1, -2],
      [-2.2, -1.7, -3],
    ];
    const all = rows[0]!
      .flatMap((a, i) =>
        rows[1]!.flatMap((b, j) => rows[2]!.map((c, l) => ({ cell: [i, j, l], sum: a + b + c }))),
      )
      .sort((a, b) => b.sum - a.sum);
    for (const count of [1, 5, 27]) {
      expect(mostProbable(rows, count)).toEqual(all.slice(0, count).map(({ cell }) => cell));
    }
  });
});
