import type { ImageSet } from '../data/images';
import type { Alpha } from '../paper/cell';
import type { EffectiveConfig } from '../paper/config';
import { recipeOf } from '../paper/method/recipe';
import { METHOD_FACTS } from '../paper/method/registry';
import { spaceOf } from '../paper/space/registry';
import { AlphaProbe } from './alpha-probe';
import { CellTrial, oneHot, type TrialPlan } from './cell-trial';
import { CleanPass } from './clean-pass';
import { createNetwork } from './create-network';
import { rateRows, sizeOfStep, stepsOf, type EpochPlan } from './epoch-plan';
import { Feed } from './feed';
import type { Clock } from './fused/fused';
import { sizeOf, type Kernels, type Tensor } from './kernels';
import { METHODS } from './method/registry';
import type { SearchMethod, SearchState } from './method/method';
import type { CellPolicy, PolicyState } from './method/policy';
import { placed, policyOf } from './placed';
import { shelvesOf, type Shelf } from './shelf';
import { initialSnapshot, type SearchSnapshot } from './snapshot';
import type { Batch, Network } from './network';

/** Sums over the steps since the last reset. */
export interface Totals {
  readonly steps: number;
  readonly loss: number;
  readonly correct: number;
  readonly images: number;
  readonly norm: number;
  readonly alphaSteps: number;
  readonly alphaLoss: number;
  readonly alphaCorrect: number;
  readonly alphaImages: number;
}

/** A search in progress: supernet, optimisers and method on one backend. */
export class Search {
  readonly network: Network;
  private readonly method: SearchMethod;
  private readonly state: SearchState;
  private readonly shelves: { readonly weights: Shelf; readonly alpha: Shelf };
  private readonly feed: Feed;
  private readonly clean: CleanPass;
  private readonly trial: CellTrial;
  private readonly rewards: CellTrial;
  /** Of a run that measures the Hessian. */
  private readonly probe: AlphaProbe | null;
  /** Of a method that has a policy; its logarithms are what lies in alpha. */
  private policyState: PolicyState | null;
  /** The mixture of the derived cell, where that is evaluated. */
  private readonly cellOnDevice: Tensor | null;
  /** `[5]` and `[steps, alphas]`; see `Journal`. */
  private readonly totalsOnDevice: Tensor;
  private readonly trailOnDevice: Tensor;
  private alphaSteps: number;
  private counts = { steps: 0, images: 0, alphaSteps: 0, alphaImages: 0 };
  private plan: EpochPlan | null = null;

  /**
   * @param data images for the weights and for alpha; a method with one level takes both for both
   * @param start a snapshot to go on from, or the seed of the initial values
   * @param recompute see {@link Supernet}
   */
  constructor(
    private readonly k: Kernels,
    private readonly config: EffectiveConfig,
    data: { readonly weights: ImageSet; readonly alpha: ImageSet },
    start: SearchSnapshot | { readonly seed: number },
    recompute = false,
  ) {
    this.network = createNetwork(k, config, recompute);
    this.method = METHODS[config.method];
    const from = 'seed' in start ? initialSnapshot(this.network.layout, config, start.seed) : start;
    this.state = placed(k, this.network, from);
    this.policyState = policyOf(config, from);
    this.alphaSteps = from.alphaSteps;
    this.shelves = shelvesOf(k, config, data);
    this.feed = new Feed(k);
    const { alphaShape } = this.network;
    const alphas = sizeOf(alphaShape);
    const trail = [config.stepsPerEpoch, alphas];
    this.totalsOnDevice = k.keep(k.upload(new Float32Array(5), [5]));
    this.trailOnDevice = k.keep(k.upload(new Float32Array(trail[0]! * trail[1]!), trail));
    const evaluated = METHOD_FACTS[config.method].evaluates;
    this.cellOnDevice =
      evaluated === 'cell' ? k.keep(k.upload(new Float32Array(alphas), alphaShape)) : null;
    const score = (batch: Batch, clock: Clock) => this.score(batch, clock);
    this.clean = new CleanPass(
      k,
      this.shelves.alpha,
      config.scale.batch,
      this.totalsOnDevice,
      score,
      this.shelves.alpha.set.count - data.alpha.count,
    );
    const { weights } = this.state.sgd;
    this.trial = new CellTrial(k, this.network, weights, this.shelves.alpha);
    this.rewards = new CellTrial(k, this.network, weights, this.shelves.alpha, 'reward');
    this.probe = config.hessian
      ? new AlphaProbe(k, this.network, weights, this.shelves.alpha)
      : null;
  }

  /** Starts an epoch: its batches, its rates, its sums. */
  begin(plan: EpochPlan): void {
    this.plan = plan;
    const draws = new Map([[this.shelves.weights, plan.train]]);
    if (plan.alpha) draws.set(this.shelves.alpha, plan.alpha);
    const { nesterov } = recipeOf(this.config);
    const rows = rateRows(plan, this.alphaSteps, nesterov);
    this.feed.begin(plan, draws, rows, plan.noise);
    this.resetTotals();
    this.counts = { steps: 0, images: 0, alphaSteps: 0, alphaImages: 0 };
  }

  /** One bilevel step; alpha stays where it is while the plan says that it is frozen. */
  step(): void {
    const { feed } = this;
    const size = feed.size;
    const frozen = this.plan!.alpha === null;
    this.k.fused.run(`step ${size} ${frozen ? 'frozen' : 'joint'}`, () => this.compute());
    feed.clock.step += 1;
    this.counts.steps += 1;
    this.counts.images += size;
    if (frozen) return;
    this.alphaSteps += 1;
    this.counts.alphaSteps += 1;
    this.counts.alphaImages += size;
  }

  /**
   * Compiles what this epoch and its evaluation need; see `FusedKernels.prepare`.
   *
   * @param trial one as will be asked for with {@link accuracies}
   * @param rewards one as will be asked for with {@link rewardsOf}
   */
  async prepare(
    progress?: (share: number) => void,
    trial: TrialPlan | null = null,
    rewards: TrialPlan | null = null,
  ): Promise<void> {
    await this.k.fused.prepare(() => {
      this.feed.rehearse(() => this.compute());
      this.clean.rehearse();
      if (trial) this.trial.rehearse(trial);
      if (rewards) this.rewards.rehearse(rewards);
      this.probe?.rehearse(new Int32Array(this.lastSize));
    }, progress);
  }

  /** Settles when the device is at most a few steps behind. */
  pace(): Promise<void> {
    return this.k.fused.pace();
  }

  /** Reads the sums of this epoch back. */
  async totals(): Promise<Totals> {
    const [loss, correct, norm, alphaLoss, alphaCorrect] = await this.k.read(this.totalsOnDevice);
    return {
      ...this.counts,
      loss: loss!,
      correct: correct!,
      norm: norm!,
      alphaLoss: alphaLoss!,
      alphaCorrect: alphaCorrect!,
    };
  }

  /** Alpha now as the trace records it, in the rows of its space; see `SearchMethod.logits`. */
  async alpha(): Promise<Alpha> {
    return this.rows(await this.readLogits());
  }

  private async readLogits(): Promise<Float32Array> {
    const { k } = this;
    const logits = k.scope(() => {
      const tensor = this.logits();
      return { keep: [tensor], value: tensor };
    });
    const values = await k.read(logits);
    if (logits !== this.state.adam.alpha) k.free(logits);
    return values;
  }

  /** Alpha after every step of this epoch so far. */
  async trail(): Promise<Alpha[]> {
    const values = await this.k.read(this.trailOnDevice);
    const size = sizeOf(this.network.alphaShape);
    return Array.from({ length: this.counts.steps }, (_, step) =>
      this.rows(values.subarray(step * size, (step + 1) * size)),
    );
  }

  /**
   * Mean loss and accuracy of the supernet on all of alpha's images, without augmentation, with batch
   * statistics. Overwrites the epoch's sums: read {@link totals} before.
   *
   * @param cell an operation's place for each edge: what is evaluated if the method evaluates the
   *   derived cell; left out where only the time counts
   */
  evaluate(cell: readonly number[] = []): Promise<{ loss: number; accuracy: number }> {
    const { k, cellOnDevice } = this;
    if (cellOnDevice) k.write(cellOnDevice, oneHot(cell, cellOnDevice.shape));
    return this.clean.run();
  }

  /** Accuracies (0..1) of single cells with the shared weights, on alpha's images. */
  accuracies(trial: TrialPlan): Promise<number[]> {
    return this.trial.run(trial);
  }

  /**
   * Hessian of the loss of the epoch's last alpha batch by what the trace records as alpha, and by
   * what else the network's alpha holds. Only in an epoch in which alpha is trained.
   */
  async hessian(): Promise<number[][]> {
    const { alpha } = this.plan!;
    if (!this.probe || !alpha) throw new Error('This epoch has no Hessian to measure.');
    return this.probe.hessian(await this.readLogits(), alpha.subarray(-this.lastSize));
  }

  /** The same for a policy that learns from them. */
  rewardsOf(trial: TrialPlan): Promise<number[]> {
    return this.rewards.run(trial);
  }

  /** The policy as it stands; null for a method without one. */
  policy(): CellPolicy | null {
    const { policyState, method, config } = this;
    return policyState && (method.policy?.open(policyState, config.ops.length) ?? null);
  }

  /** Takes over what a policy has learned. */
  adopt(learned: PolicyState): void {
    this.policyState = learned;
    this.alphaSteps = learned.steps;
    const { alpha } = this.state.adam;
    this.k.write(alpha, learned.alpha.slice(0, sizeOf(alpha.shape)));
  }

  async snapshot(): Promise<SearchSnapshot> {
    const { sgd, adam } = this.state;
    if (this.policyState) {
      const { alpha, first, second, steps } = this.policyState;
      return {
        weights: await this.k.read(sgd.weights),
        momentum: await this.k.read(sgd.momentum),
        alpha,
        first,
        second,
        alphaSteps: steps,
      };
    }
    return {
      weights: await this.k.read(sgd.weights),
      momentum: await this.k.read(sgd.momentum),
      alpha: await this.k.read(adam.alpha),
      first: await this.k.read(adam.first),
      second: await this.k.read(adam.second),
      alphaSteps: this.alphaSteps,
    };
  }

  dispose(): void {
    this.feed.dispose();
    this.clean.dispose();
    this.trial.dispose();
    this.rewards.dispose();
    this.probe?.dispose();
    if (this.cellOnDevice) this.k.free(this.cellOnDevice);
    this.shelves.weights.dispose();
    this.shelves.alpha.dispose();
    const { sgd, adam } = this.state;
    this.k.free(sgd.weights, sgd.momentum, adam.alpha, adam.first, adam.second);
    this.k.free(this.totalsOnDevice, this.trailOnDevice);
    // Last, so that the buffers of all these go as well.
    this.k.fused.forget();
  }

  /** Images of the epoch's last step. */
  private get lastSize(): number {
    return sizeOfStep(this.plan!, stepsOf(this.plan!) - 1);
  }

  private get journal() {
    return { totals: this.totalsOnDevice, trail: this.trailOnDevice };
  }

  private resetTotals(): void {
    this.k.write(this.totalsOnDevice, new Float32Array(5));
  }

  /** One bilevel step, from the feed's batches to the journal. */
  private compute(): void {
    const { k, feed, state, shelves } = this;
    const { eta, options = [] } = this.config;
    k.scope(() => {
      const train = feed.batch(shelves.weights);
      const valid = this.plan!.alpha ? feed.batch(shelves.alpha) : null;
      const { clock } = feed;
      const noise = feed.drawn();
      const input = { train, valid, clock, noise, options, ...(eta !== undefined && { eta }) };
      const scalars = this.method.step(k, this.network, state, input);
      k.fused.tally(this.journal, clock, { ...scalars, alpha: this.logits() });
      return { keep: [], value: undefined };
    });
  }

  /** The scores of one clean batch. */
  private score(batch: Batch, clock: Clock): void {
    const { k, state, network } = this;
    const p = this.cellOnDevice ?? this.method.mixture(k, network, state.adam.alpha);
    const { scores } = network.forward(state.sgd.weights, p, batch, { sparse: true });
    k.fused.tally(this.journal, clock, { train: scores, norm: null, valid: null, alpha: null });
  }

  private logits(): Tensor {
    const { alpha } = this.state.adam;
    return this.method.logits?.(this.k, alpha) ?? alpha;
  }

  private rows(values: Float32Array): Alpha {
    let start = 0;
    return spaceOf(this.config)
      .rows(this.config.ops)
      .map(({ columns: { length } }) => [...values.subarray(start, (start += length))]);
  }
}
