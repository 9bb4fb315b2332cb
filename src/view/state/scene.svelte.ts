import type { Alpha, Genotype } from '../../paper/cell';
import type { Skeleton } from '../../paper/count';
import { curvesOf, type Curves } from '../../paper/curves';
import { deriveGenotype } from '../../paper/genotype';
import type { Operation } from '../../paper/operation';
import { formatSeeds } from '../../paper/seeds';
import { NAS_BENCH_201 } from '../../paper/space/nas-bench-201';
import { NAS_BENCH_201_STAGES } from '../../paper/space/nas-bench-201-stages';
import type { SearchSpace } from '../../paper/space/space';
import { alphaOfStage } from '../../paper/space/stages';
import { headline, type Headline } from '../../paper/sentence';
import {
  alphaAt,
  meanAlphaAt,
  plannedEpochs,
  type RegimeSeries,
  type Trajectory,
} from '../chart/series';
import { heatMaximum, strengthsOverTime } from '../chart/heat';
import { changeWords } from '../../trace/toggle';
import { VOICE, type Clock } from './clock.svelte';

/** Alpha of the run in training, somewhere inside an epoch. */
export interface LiveSnapshot {
  readonly uid: string;
  readonly epoch: number;
  readonly step: number;
  readonly alpha: Alpha;
}

/** A regime with the size of its networks. */
export interface SceneSource extends RegimeSeries {
  readonly skeleton: Skeleton;
  readonly space: SearchSpace;
  /** From 0: the stage that is drawn, where each has alphas of its own; absent where one alpha serves all. */
  readonly stage?: number;
}

const NO_SKELETON: Skeleton = { channels: 0, cells: 0 };

/**
 * One regime at the clock's position: what the cell, the sentence and the heat maps show. Either the
 * mean over its seeds or one of them.
 */
export class Scene {
  readonly #series: () => SceneSource | null;
  readonly #clock: Clock;
  readonly #live: () => LiveSnapshot | null;

  /** Seed looked at alone, by uid; null for the mean over all. */
  focus = $state<string | null>(null);

  readonly regime: SceneSource | null = $derived.by(() => this.#series());
  readonly trajectories: readonly Trajectory[] = $derived.by(() => {
    const all = this.regime?.trajectories ?? [];
    const one = all.filter(({ uid }) => uid === this.focus);
    return one.length > 0 ? one : all;
  });
  readonly skeleton: Skeleton = $derived(this.regime?.skeleton ?? NO_SKELETON);
  readonly space: SearchSpace = $derived(this.regime?.space ?? NAS_BENCH_201);
  /** From 0: the stage on screen; null where one alpha serves all. */
  readonly stage: number | null = $derived(this.regime?.stage ?? null);
  /** Whether the cell can be drawn: the picture is that of NAS-Bench-201's six edges. */
  readonly drawn = $derived(this.space.choice === 'edge');
  readonly ops: readonly Operation[] = $derived(this.regime?.ops ?? []);
  readonly total = $derived(plannedEpochs(this.trajectories));
  readonly epoch = $derived.by(() => Math.min(this.#clock.epoch, this.total));
  /** The epoch that the headline and the caption speak of. */
  readonly told = $derived.by(() => Math.min(this.#clock.told(VOICE.stage), this.total));
  readonly seeds: readonly Trajectory[] = $derived(this.regime?.trajectories ?? []);
  /** Alpha on screen; null without a trajectory, and for a cell that is not drawn. */
  readonly alpha: Alpha | null = $derived.by(() => {
    if (this.trajectories.length === 0 || !this.drawn) return null;
    return this.#inside() ?? meanAlphaAt(this.trajectories, this.#clock.shown(VOICE.cell));
  });
  readonly genotype: Genotype | null = $derived(
    this.alpha === null ? null : deriveGenotype(this.alpha, this.ops),
  );
  /**
   * In a space whose cell is not drawn: what the search of one seed, the first on screen, derived in the
   * epoch told of. Its connections are not among the alphas here, so a mean over seeds has none.
   */
  readonly derived: { readonly arch: string; readonly seed: number } | null = $derived.by(() => {
    const first = this.drawn
      ? undefined
      : this.trajectories.find(({ epochs }) => epochs.length > 0);
    if (first === undefined) return null;
    const at = Math.min(Math.max(1, Math.floor(this.told + 1e-9)), first.epochs.length) - 1;
    return { arch: first.epochs[at]!.arch, seed: first.seed };
  });
  /** Edges whose operation is not what it was an epoch ago. */
  readonly changed: readonly number[] = $derived.by(() => {
    const { genotype, epoch } = this;
    if (genotype === null || epoch < 1) return [];
    const before = deriveGenotype(meanAlphaAt(this.trajectories, epoch - 1), this.ops);
    return genotype.flatMap((operation, edge) => (operation === before[edge] ? [] : [edge]));
  });
  readonly #curves: readonly (Curves | null)[] = $derived(
    this.trajectories.map(({ ops, epochs }) =>
      epochs.length === 0
        ? null
        : curvesOf(
            {
              space: this.space,
              ops,
              alphas: epochs.map(({ alpha }) => alpha),
              cells: epochs.map(({ arch }) => arch),
            },
            null,
          ),
    ),
  );
  readonly headline: Headline = $derived(headline(this.#curves, this.told, this.space));
  /** Top of the heat map's colour scale, over the whole trajectory. */
  readonly heatMaximum = $derived(heatMaximum(strengthsOverTime(this.trajectories)));
  /** `baseline · mean of seeds 0-4 · epoch 34 of 50`. */
  readonly caption = $derived.by(() => {
    if (this.regime === null) return '';
    const seeds = [...new Set(this.trajectories.map(({ seed }) => seed))].sort((a, b) => a - b);
    const who = seeds.length > 1 ? `mean of seeds ${formatSeeds(seeds)}` : `seed ${seeds[0] ?? ''}`;
    const warmup = this.trajectories[0]?.warmup ?? 0;
    const frozen = warmup > 0 ? ` (alpha frozen for the first ${warmup})` : '';
    const toggles = this.trajectories
      .flatMap((trajectory) => trajectory.toggles)
      .map((toggle) => `${changeWords(toggle)} from epoch ${toggle.fromEpoch}`);
    return [
      this.regime.label,
      who,
      `epoch ${this.told} of ${this.total}${frozen}`,
      ...new Set(toggles),
    ].join(' · ');
  });

  constructor(
    series: () => SceneSource | null,
    clock: Clock,
    live: () => LiveSnapshot | null = () => null,
  ) {
    this.#series = series;
    this.#clock = clock;
    this.#live = live;
  }

  /** Alpha as a voice of the clock tells it in numbers: that on screen, but in turns while it plays. */
  alphaTold(voice: number): Alpha | null {
    if (!this.#clock.playing) return this.alpha;
    if (this.trajectories.length === 0 || !this.drawn) return null;
    return meanAlphaAt(this.trajectories, this.#clock.told(voice));
  }

  /** Alpha inside the epoch in training, while one seed is watched at the edge of training. */
  #inside(): Alpha | null {
    const snapshot = this.#live();
    const [only, ...others] = this.trajectories;
    if (snapshot === null || only === undefined || others.length > 0) return null;
    const now = this.#clock.following && snapshot.epoch === only.epochs.length + 1;
    if (!now || snapshot.uid !== only.uid) return null;
    const { stage } = this;
    return stage === null
      ? snapshot.alpha
      : alphaOfStage(NAS_BENCH_201_STAGES, snapshot.alpha, stage);
  }
}

/** Before training: alpha level on every edge. */
export function levelAlpha(ops: readonly Operation[]): Alpha {
  return alphaAt(
    {
      uid: '',
      seed: 0,
      ops,
      epochs: [],
      total: 0,
      warmup: 0,
      live: false,
      toggles: [],
      events: [],
    },
    0,
  );
}
