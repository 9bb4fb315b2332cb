import { armByKey, type ArmKey } from '../../paper/experiment/arm';
import { BENCH_SCALE } from '../../paper/experiment/bench';
import { armOf, configFor } from '../../paper/experiment/config';
import type { RecordingEntry } from '../../trace/recordings';
import { isPlain } from '../../trace/toggle';
import { recordedEpochs } from '../chart/series';
import { RECORDINGS } from '../recording';
import type { RunGroup } from '../runs/grouping';
import { readSource, versionOf } from '../runs/source';
import type { App } from '../state/app.svelte';
import { Clock } from '../state/clock.svelte';
import { Scene, type SceneSource } from '../state/scene.svelte';
import { extractSource, sceneSource } from '../state/scene-source';
import type { Panel, Show } from './lesson';

/** Runs of an arm, and whose. */
interface ArmSource {
  readonly arm: ArmKey;
  readonly from: RunGroup | RecordingEntry;
  readonly own: boolean;
}

/** What a step asks for, with where it comes from as far as it is there. */
export interface Wanted {
  readonly show: Show;
  readonly sources: readonly ArmSource[];
  /** Arms of which no run is recorded. */
  readonly awaited: readonly ArmKey[];
  /** Changes when something else is to be read. */
  readonly key: string;
}

const stillMedia = matchMedia('(prefers-reduced-motion: reduce)');

/** The recording of an arm that lessons rest on, if it is there. */
export function recordingOf(
  arm: ArmKey,
  recordings: readonly RecordingEntry[],
): RecordingEntry | undefined {
  return recordings.find(
    (entry) => entry.arm === arm && entry.scale === BENCH_SCALE && entry.kind !== 'calibration',
  );
}

/**
 * The instrument beside a lesson's text. It has a clock of its own, so that the playground stays as
 * the visitor left it, and one for all its panels.
 */
export class Player {
  readonly #app: App;
  /** By source and version; a recording is read once. */
  readonly #read = new Map<string, Promise<SceneSource>>();
  /** Of recordings by their extracts, by file: the same object each time, since charts keep by it. */
  readonly #extracts = new Map<string, SceneSource>();
  readonly clock = new Clock(undefined, () => stillMedia.matches);

  /** The arm of the step, and the one drawn over it. */
  series = $state.raw<readonly SceneSource[]>([]);
  readonly scene = new Scene(() => this.series[0] ?? null, this.clock);
  /** Whether what is on screen is the visitor's. */
  own = $state(false);
  awaited = $state.raw<readonly ArmKey[]>([]);
  loading = $state(true);
  /** Why a run could not be shown; null when it could. */
  problem = $state<string | null>(null);
  /** What was asked for last: older answers that come late are dropped. */
  #asked = '';

  constructor(app: App) {
    this.#app = app;
  }

  /** What a step needs of the store and the recordings as they are now. */
  wanted(step: string, show: Show): Wanted {
    const arms = [show.arm, ...(show.against === undefined ? [] : [show.against])];
    const found = arms.map((arm) => ({ arm, source: this.#sourceOf(arm, show.own === true) }));
    const sources = found.flatMap(({ source }) => source ?? []);
    return {
      show,
      sources,
      awaited: found.filter(({ source }) => source === null).map(({ arm }) => arm),
      key: [step, ...sources.map(({ from }) => versionOf(from))].join(' '),
    };
  }

  /** Brings what a step wants on screen and moves the clock. Never rejects. */
  async follow({ show, sources, awaited, key }: Wanted): Promise<void> {
    if (this.#asked === key) return;
    this.#asked = key;
    this.clock.pause();
    this.awaited = awaited;
    this.loading = true;
    // Another arm's picture under this step's words would mislead.
    const same = this.series.map((series) => series.key).join() === sources.map(seriesKey).join();
    if (!same) this.series = [];
    try {
      const whole = needsRecords(show);
      const series = await Promise.all(sources.map((source) => this.#load(source, whole)));
      if (this.#asked !== key) return;
      this.series = series;
      this.own = sources[0]?.own === true;
      this.problem = null;
      this.#place(show);
    } catch (error) {
      if (this.#asked !== key) return;
      const reason = error instanceof Error ? error.message : String(error);
      this.series = [];
      this.problem = `The runs of ${armByKey(show.arm).label} could not be read: ${reason}`;
    } finally {
      if (this.#asked === key) this.loading = false;
    }
  }

  /** Reads what will be wanted next, so that it is there in time. */
  prepare({ show, sources }: Wanted): void {
    // What fails is told when it is really wanted.
    for (const source of sources) this.#load(source, needsRecords(show)).catch(() => undefined);
  }

  /** Stands still, as for another page; the next step is shown anew. */
  rest(): void {
    this.clock.pause();
    this.#asked = '';
  }

  /** Moves the clock as a step asks: stands still, or plays. */
  play({ clock }: Pick<Show, 'clock'>): void {
    const of = (epoch: number | 'end') => (epoch === 'end' ? this.clock.length : epoch);
    this.clock.pause();
    if (typeof clock !== 'object') {
      this.clock.seek(of(clock));
    } else if (stillMedia.matches) {
      // What would play stands where it would have come to.
      this.clock.seek(of(clock[1]));
    } else {
      this.clock.seek(clock[0]);
      this.clock.play(of(clock[1]));
    }
  }

  #place(show: Show): void {
    const trajectories = this.series.flatMap((series) => series.trajectories);
    const own = this.series[0]?.trajectories ?? [];
    this.scene.focus = own.find(({ seed }) => seed === show.seed)?.uid ?? null;
    this.clock.load(recordedEpochs(trajectories));
    this.play(show);
  }

  #sourceOf(arm: ArmKey, ownFirst: boolean): ArmSource | null {
    const own = ownFirst ? this.#ownOf(arm) : undefined;
    if (own !== undefined) return { arm, from: own, own: true };
    const entry = recordingOf(arm, this.#app.recordings);
    return entry === undefined ? null : { arm, from: entry, own: false };
  }

  /** The visitor's regime that is this arm at the scale of the experiments, once a run is finished. */
  #ownOf(arm: ArmKey): RunGroup | undefined {
    const { library, experiments } = this.#app;
    const group = library.groups.find(
      ({ heads: [head] }) =>
        head?.config.effective.scale.name === experiments.scale &&
        isPlain(head) &&
        armOf(head.config)?.key === arm,
    );
    const finished = group?.heads.filter(({ state }) => state === 'finished') ?? [];
    return group === undefined || finished.length === 0 ? undefined : { ...group, heads: finished };
  }

  /** @param whole with losses, accuracies and steps, which a recording's extract lacks */
  #load(source: ArmSource, whole: boolean): Promise<SceneSource> {
    const version = versionOf(source.from);
    const known = this.#read.get(version);
    if (known !== undefined) return known;
    if (!whole && 'file' in source.from) return this.#loadExtract(source, source.from);
    const { library } = this.#app;
    const { label } = armByKey(source.arm);
    const key = seriesKey(source);
    const from = { key, label, from: source.from };
    const read = readSource(from, () => library.store(), RECORDINGS).then((runs) =>
      sceneSource(key, label, runs),
    );
    this.#read.set(version, read);
    // What failed may succeed when it is asked for again.
    read.catch(() => this.#read.delete(version));
    return read;
  }

  /** From the extract, which is here in a fifteenth of the time; where that does not do, from the trace. */
  async #loadExtract(source: ArmSource, entry: RecordingEntry): Promise<SceneSource> {
    const { loaded } = this.#app.experiments;
    const known = this.#extracts.get(entry.file);
    if (known !== undefined) return known;
    const { effective } = configFor({ arm: source.arm, scale: BENCH_SCALE });
    if (effective.warmup === 0) await loaded.load([], [entry]);
    const runs = loaded.recorded.get(entry.file) ?? [];
    const { label } = armByKey(source.arm);
    const drawn = extractSource(seriesKey(source), label, runs, effective);
    if (drawn === null) return this.#load(source, true);
    this.#extracts.set(entry.file, drawn);
    return drawn;
  }
}

/** Panels that draw more of an epoch than alpha. */
function needsRecords({ panels }: Pick<Show, 'panels'>): boolean {
  return panels.some(
    (panel: Panel) => panel === 'losses' || (typeof panel === 'object' && 'stage' in panel),
  );
}

function seriesKey({ arm, own }: ArmSource): string {
  return own ? `own ${arm}` : arm;
}
