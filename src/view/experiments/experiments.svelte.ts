import type { UnfitTable } from '../../paper/accuracy-table';
import type { BenchRun } from '../../paper/claim/runs';
import { ARM_KEYS, type ArmKey } from '../../paper/experiment/arm';
import { armCost, BENCH_SCALE } from '../../paper/experiment/bench';
import { armOf, type ArmSettings } from '../../paper/experiment/config';
import type { Experiment } from '../../paper/experiment/experiments';
import type { Lookup } from '../../paper/table/lookup';
import { SCALES } from '../../paper/scale';
import type { SpaceKey } from '../../paper/space/space';
import type { RunSummary } from '../../store/database';
import type { RecordingEntry } from '../../trace/recordings';
import type { Library } from '../state/library.svelte';
import type { Trainer } from '../state/trainer.svelte';
import { LoadedRuns } from './loaded.svelte';
import {
  costOf,
  missingJobs,
  runsByArm,
  seedsShown,
  standingOf,
  type BenchState,
  type Job,
  type LiveRun,
  type Standing,
} from './plan';
import { BenchQueue } from './queue.svelte';

export interface ExperimentsOptions {
  readonly trainer: Trainer;
  readonly library: Library;
  /** What ships with the page, and where. */
  readonly recordings: () => readonly RecordingEntry[];
  /** Whether it is known which runs are stored and which ship: before that, none is all that counts. */
  readonly listed: () => boolean;
  readonly folder: URL;
  /** Whether a benchmark runs, which training would disturb. */
  readonly benchmark: () => boolean;
  /** Accuracies in use; null without a table. */
  readonly table: (space: SpaceKey) => Lookup | null;
  /** What claims are judged with, and what is in use and cannot judge. */
  readonly judging: () => readonly Lookup[];
  readonly unfit: () => readonly UnfitTable[];
}

/** What is to be read for the screen, and under which circumstances. */
interface Wanted {
  /** Of scale and recordings: what was read under another says nothing. */
  readonly key: string;
  readonly arms: readonly ArmKey[];
  readonly heads: readonly RunSummary[];
  readonly entries: readonly RecordingEntry[];
}

/** Of the playground: minutes instead of hours. */
const SMALLEST_SCALE = SCALES[0]!.name;
const NONE: ReadonlyMap<ArmKey, readonly number[]> = new Map();

/** Every experiment at one scale: what is run, what is judged, what is left to train. */
export class Experiments {
  readonly #trainer: Trainer;
  readonly #library: Library;
  readonly #options: ExperimentsOptions;
  readonly queue: BenchQueue;
  readonly loaded: LoadedRuns;
  /** Seconds of one run of the baseline by scale, as last heard of. */
  readonly #seconds = new Map<string, number>();

  scale = $state<string>(BENCH_SCALE);
  /** Whether runs that ship with the page count beside the visitor's own. */
  countsRecorded = $state(true);
  /** Arms whose alphas are wanted on screen, and those of which they were read. */
  #arms = $state.raw<ReadonlySet<ArmKey>>(new Set());
  #read = $state.raw<ReadonlySet<string>>(new Set());

  /** What served calibration is never pooled with other runs. */
  readonly #recorded: readonly RecordingEntry[] = $derived.by(() =>
    this.#options.recordings().filter(({ kind }) => kind !== 'calibration'),
  );
  /** Recordings of this scale. */
  readonly entries: readonly RecordingEntry[] = $derived(
    this.#recorded.filter(({ scale }) => scale === this.scale),
  );
  readonly #runs = $derived.by(() => runsByArm(this.#library.runs, this.scale));
  /** Scales to choose from: the protocol's, the smallest, and those of other runs that are here. */
  readonly scales: readonly string[] = $derived.by(() => {
    const stored = this.#library.runs.filter(({ config }) => armOf(config) !== null);
    const others = stored.map(({ config }) => config.effective.scale.name);
    const shipped = this.#recorded.map(({ scale }) => scale);
    return [...new Set([BENCH_SCALE, SMALLEST_SCALE, ...others, ...shipped])];
  });
  /** What {@link read} has to bring. A run that a trainer holds is read at its end. */
  readonly wanted: Wanted = $derived.by(() => {
    const { liveUid, held } = this.#library;
    const arms = this.#options.listed() ? [...this.#arms] : [];
    const entries = this.countsRecorded ? this.entries : [];
    return {
      key: `${this.scale} ${entries.length}`,
      arms,
      heads: arms
        .flatMap((arm) => this.#runs.get(arm) ?? [])
        .filter(({ uid, epochCount }) => epochCount > 0 && uid !== liveUid && !held.has(uid)),
      entries: entries.filter(({ arm }) => arms.includes(arm)),
    };
  });
  readonly state: BenchState = $derived.by(() => this.#stateWith(this.countsRecorded));
  /** The same with the visitor's own runs alone. */
  readonly ownState: BenchState = $derived.by(() => this.#stateWith(false));
  /** As one text: what is drawn is drawn again when a run comes or goes, not with every epoch. */
  readonly #uids = $derived.by(() => this.#library.runs.map(({ uid }) => uid).join());
  /** Runs of the store at this scale that were read. */
  readonly own: readonly BenchRun[] = $derived.by(() => {
    const stored = new Set(this.#uids.split(','));
    return [...this.loaded.own.values()].filter(
      ({ uid, scale }) => scale === this.scale && stored.has(uid),
    );
  });
  /** All that counts; a recording that the visitor has added to the runs counts once. */
  readonly pool: readonly BenchRun[] = $derived.by(() => {
    if (!this.countsRecorded) return this.own;
    const recorded = this.entries.flatMap(({ file }) => this.loaded.recorded.get(file) ?? []);
    const known = new Set(this.own.map(({ uid }) => uid));
    return [...this.own, ...recorded.filter(({ uid }) => !known.has(uid))];
  });
  /** What a reload or a fault has left of the order in hand; empty while it runs. */
  readonly left: readonly Job[] = $derived.by(() => {
    const { order, running } = this.queue;
    if (order === null || running || this.#library.held.size > 0 || !this.#library.loaded) {
      return [];
    }
    const runs = runsByArm(this.#library.runs, order.scale);
    const state = { ...this.ownState, runs, jobs: [] };
    return order.jobs.flatMap(({ arm, seed }) => missingJobs(state, [arm], [seed]));
  });
  /** Seconds of one run of the baseline at this scale here; null until measured. */
  readonly unit: number | null = $derived.by(() => {
    const heard = this.#unitOfRun() ?? this.#unitMeasured();
    if (heard !== null) this.#seconds.set(this.scale, heard);
    return heard ?? this.#seconds.get(this.scale) ?? null;
  });
  /** Seconds until the order in hand is done; null before it can be told. */
  readonly secondsLeft: number | null = $derived.by(() => {
    const { secondsLeft } = this.#trainer.status;
    if (!this.queue.running || this.unit === null || secondsLeft === null) return null;
    return secondsLeft + this.unit * costOf(this.queue.jobs.slice(1), this.ownState);
  });
  /** Why nothing can be trained now; null when it can. */
  readonly refusal: string | null = $derived.by(() => {
    if (this.#options.benchmark()) return 'A benchmark is running; training would disturb it.';
    if (this.#trainer.busy && !this.queue.running) {
      return 'A run of the playground is in training. Stop it, or wait for its end.';
    }
    return null;
  });

  /** What derived cells of NAS-Bench-201 are looked up in; null without a table. */
  readonly table: Lookup | null = $derived.by(() => this.tableOf('nas-bench-201'));
  /** What claims are judged with. */
  readonly judging: readonly Lookup[] = $derived.by(() => this.#options.judging());
  readonly unfit: readonly UnfitTable[] = $derived.by(() => this.#options.unfit());

  /** What is measured to tell times: one run of the baseline at this scale. */
  readonly measured: ArmSettings = $derived({ arm: 'baseline', scale: this.scale });

  constructor(options: ExperimentsOptions) {
    this.#options = options;
    this.#trainer = options.trainer;
    this.#library = options.library;
    this.queue = new BenchQueue(options.trainer, options.library);
    this.loaded = new LoadedRuns(options.library.database, options.folder);
  }

  /** Wants what a section shows; {@link read} brings it. */
  want(arms: readonly ArmKey[]): void {
    if (arms.every((arm) => this.#arms.has(arm))) return;
    this.#arms = new Set([...this.#arms, ...arms]);
  }

  /** Reads what is wanted and not here yet. Never rejects. */
  async read({ key, arms, heads, entries }: Wanted): Promise<void> {
    await this.loaded.load(heads, entries);
    const fresh = arms.map((arm) => `${key} ${arm}`).filter((name) => !this.#read.has(name));
    if (fresh.length > 0) this.#read = new Set([...this.#read, ...fresh]);
  }

  /** Whether the runs of all these arms were read once; there may be more since. */
  isRead(arms: readonly ArmKey[]): boolean {
    const { key } = this.wanted;
    return arms.every((arm) => this.#read.has(`${key} ${arm}`));
  }

  /** What derived cells of a space are looked up in; null without a table. */
  tableOf(space: SpaceKey): Lookup | null {
    return this.#options.table(space);
  }

  standing(arm: ArmKey, seed: number): Standing {
    return standingOf(this.state, arm, seed);
  }

  seeds(experiment: Experiment): number[] {
    return seedsShown(experiment, this.state);
  }

  async run(jobs: readonly Job[]): Promise<void> {
    if (this.refusal !== null || this.queue.running) return;
    await this.queue.start({ scale: this.scale, jobs });
  }

  /** Goes on with an order that was cut off, at its own scale. */
  async resume(): Promise<void> {
    const { order } = this.queue;
    if (order === null || this.refusal !== null) return;
    this.scale = order.scale;
    await this.queue.start({ scale: order.scale, jobs: this.left });
  }

  close(): void {
    this.queue.close();
  }

  /** From the estimate that was made for this page. */
  #unitMeasured(): number | null {
    const { cost } = this.#trainer;
    if (cost.kind !== 'known' || cost.estimate.refusal !== null) return null;
    const { settings, estimate } = cost;
    return 'arm' in settings && settings.scale === this.scale ? estimate.seconds : null;
  }

  /** From the run in training, while enough of it is left to tell. */
  #unitOfRun(): number | null {
    const { secondsLeft } = this.#trainer.status;
    const [job] = this.queue.jobs;
    const rest = 1 - (this.#live?.share ?? 1);
    const known = this.queue.running && job !== undefined && secondsLeft !== null;
    if (!known || this.queue.order?.scale !== this.scale || rest < 0.05) return null;
    return secondsLeft / (rest * armCost(job.arm));
  }

  get #live(): LiveRun | null {
    const { uid, state, epoch, epochs, step, stepsPerEpoch } = this.#trainer.status;
    if (!this.#trainer.busy || uid === null) return null;
    const share = epochs === 0 ? 0 : (epoch + step / Math.max(1, stepsPerEpoch)) / epochs;
    return { uid, paused: state === 'paused', share };
  }

  #stateWith(recorded: boolean): BenchState {
    const { order, running } = this.queue;
    const mine = running && order?.scale === this.scale;
    return {
      runs: this.#runs,
      recorded: recorded ? seedsOf(this.entries) : NONE,
      live: this.#live,
      held: this.#library.held,
      jobs: mine ? order.jobs : [],
    };
  }
}

function seedsOf(entries: readonly RecordingEntry[]): ReadonlyMap<ArmKey, readonly number[]> {
  return new Map(
    ARM_KEYS.map((key) => [
      key,
      entries.filter(({ arm }) => arm === key).flatMap(({ seeds }) => seeds),
    ]),
  );
}
