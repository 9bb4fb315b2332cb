import { regimeKey, runDigest } from '../../trace/digest';
import type { EpochRecord, RunEvent, RunHead, RunState, TraceRun } from '../../trace/types';
import { without } from '../../trace/without';
import { DATABASE_NAME, onStoreChange } from '../../store/change';
import type { DeletedRuns, RunSummary, Store } from '../../store/database';
import { heldRuns } from '../../store/lock';
import type { Usage } from '../../store/usage';
import type { Report, Status } from '../../trainer/protocol';
import { isControl, twinOf, type Twin } from '../fork/twin';
import { groupRuns, type RunGroup } from '../runs/grouping';
import type { LiveSnapshot, SceneSource } from './scene.svelte';
import { FIRST_DRAWN, sceneSource } from './scene-source';

/** A run recorded beforehand and shipped with the page. */
export interface Recording {
  /** Name of its file. */
  readonly file: string;
  readonly title: string;
  readonly runs: readonly TraceRun[];
}

/** How often to look whether another tab still trains, in milliseconds. */
const POLL = 3000;

/** What an event means for the state of its run; the store says the same. */
const STATE_AFTER: Readonly<Partial<Record<RunEvent['kind'], RunState>>> = {
  paused: 'paused',
  resumed: 'running',
  stopped: 'stopped',
  finished: 'finished',
  error: 'error',
};

type Epochs = ReadonlyMap<string, readonly EpochRecord[]>;

/**
 * Every run of this browser and which of them are on screen. What is drawn comes from the store, or
 * from the trainer's reports, which are sent only after they are stored.
 */
export class Library {
  #open: () => Promise<Store>;
  #store: Promise<Store> | null = null;
  #refreshing: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #stopListening: (() => void) | null = null;
  #poll: ReturnType<typeof setTimeout> | undefined;

  /** False until the store was read once. */
  loaded = $state(false);
  /** Why the store cannot be used; null while it can. */
  problem = $state<string | null>(null);
  /** A newer version of the app has written the store. */
  readOnly = $state(false);
  runs = $state.raw<readonly RunSummary[]>([]);
  epochs = $state.raw<Epochs>(new Map());
  usage = $state.raw<Usage | null>(null);
  recording = $state.raw<Recording | null>(null);
  /** Key of the regime on screen, and of the one drawn over it. */
  shownKey = $state<string | null>(null);
  comparedKey = $state<string | null>(null);
  /** From 0: the stage to draw of searches with alphas for each. */
  stage = $state(FIRST_DRAWN);
  /** Runs that a trainer holds, here or in another tab. */
  held = $state.raw<ReadonlySet<string>>(new Set());
  /** Where the run in training is inside its epoch. */
  snapshot = $state.raw<LiveSnapshot | null>(null);
  /** The run that trains now. */
  liveUid = $state<string | null>(null);

  readonly groups: readonly RunGroup[] = $derived(groupRuns(this.runs));
  readonly shown = $derived(this.groups.find(({ key }) => key === this.shownKey) ?? null);
  readonly compared = $derived(this.groups.find(({ key }) => key === this.comparedKey) ?? null);
  /** The two runs on screen that are one up to an epoch; null where regimes of their own are drawn. */
  readonly twin: Twin | null = $derived(
    this.shown && this.compared && twinOf(this.shown.heads, this.compared.heads),
  );
  /**
   * The regimes to draw: none, one, or two. A recording shows when no regime does. Of twins that run
   * alone is drawn, the second from where they part.
   */
  readonly series: readonly SceneSource[] = $derived.by(() => {
    if (this.shown === null) return this.#recorded();
    if (this.compared === null) return [this.#seriesOf(this.shown)];
    const { twin } = this;
    if (twin === null) return [this.shown, this.compared].map((group) => this.#seriesOf(group));
    return [
      this.#seriesOf(this.shown, twin.first),
      { ...this.#seriesOf(this.compared, twin.second), from: twin.epoch },
    ];
  });
  /** From 0: the stage that is drawn; null where no regime on screen has stages. */
  readonly drawnStage: number | null = $derived(
    this.series.find(({ stage }) => stage !== undefined)?.stage ?? null,
  );
  readonly isRecorded = $derived(this.shown === null && this.recording !== null);
  /** Runs behind the pictures, for an export. */
  readonly shownUids = $derived(
    [this.shown, this.compared].flatMap((group) => group?.heads.map(({ uid }) => uid) ?? []),
  );

  /** `database` names the one that `open` opens. */
  constructor(
    open: () => Promise<Store>,
    readonly database: string = DATABASE_NAME,
  ) {
    this.#open = open;
    this.#stopListening = onStoreChange(() => void this.refresh(), database);
  }

  close(): void {
    clearTimeout(this.#poll);
    this.#stopListening?.();
    this.#stopListening = null;
    void this.#store?.then(
      (store) => store.close(),
      () => undefined,
    );
  }

  /** @throws StorageError when the browser keeps no data for this page. */
  async store(): Promise<Store> {
    this.#store ??= this.#open();
    try {
      return await this.#store;
    } catch (error) {
      // What was refused may be granted the next time.
      this.#store = null;
      throw error;
    }
  }

  /** Reads the list again, and what has changed of the regimes on screen. Never rejects. */
  refresh(): Promise<void> {
    if (this.#refreshing === null) {
      this.#refreshing = this.#read().finally(() => (this.#refreshing = null));
      return this.#refreshing;
    }
    // What is being read now may be older than what the caller knows of.
    this.#next ??= this.#refreshing.then(() => {
      this.#next = null;
      return this.refresh();
    });
    return this.#next;
  }

  /** Shows a regime alone. */
  async show(key: string): Promise<void> {
    this.shownKey = key;
    if (this.comparedKey === key) this.comparedKey = null;
    await this.refresh();
  }

  /** Draws a second regime over the one on screen, or takes it away. */
  async compare(key: string | null): Promise<void> {
    this.comparedKey = key === this.shownKey ? null : key;
    await this.refresh();
  }

  /** What the trainer tells about runs. Returns whether another run is in training now. */
  receive(report: Report): boolean {
    switch (report.type) {
      case 'run':
        this.#takeHead(report.head);
        return false;
      case 'epoch':
        this.#takeEpoch(report.uid, report.record);
        return false;
      case 'event':
        this.#takeEvent(report.uid, report.event);
        return false;
      case 'snapshot':
        this.snapshot = report;
        return false;
      case 'status':
        return this.#follow(report.status);
      case 'fault':
        void this.refresh();
        return false;
      default:
        return false;
    }
  }

  /** Runs as the page has heard of them, for where there is no store to read them from. */
  async heardRuns(uids: readonly string[]): Promise<TraceRun[]> {
    const heard = this.runs.filter(({ uid }) => uids.includes(uid));
    return Promise.all(
      heard.map(async (summary) => {
        const head = without(without(summary, 'epochCount'), 'resumable');
        const run = { ...head, epochs: this.epochs.get(head.uid) ?? [] };
        return { ...run, digest: await runDigest(run) };
      }),
    );
  }

  async rename(uids: readonly string[], name: string): Promise<void> {
    const store = await this.store();
    for (const uid of uids) await store.renameRun(uid, name);
    await this.refresh();
  }

  async remove(uids: readonly string[]): Promise<DeletedRuns> {
    const deleted = await (await this.store()).deleteRuns(uids);
    await this.refresh();
    return deleted;
  }

  async restore(deleted: DeletedRuns): Promise<void> {
    await (await this.store()).restoreRuns(deleted);
    await this.refresh();
  }

  /** Reads what an import has added and shows the first of it. */
  async showImported(added: readonly string[]): Promise<void> {
    await this.refresh();
    const first = this.runs.find(({ uid }) => added.includes(uid));
    if (first !== undefined) await this.show(regimeKey(first));
  }

  async #read(): Promise<void> {
    try {
      const store = await this.store();
      const before = this.epochs;
      const [runs, held] = await Promise.all([store.listRuns(), heldRuns()]);
      this.#setRuns(runs.map((run) => this.#withHeard(run, before)));
      this.held = held;
      await this.#readEpochs(store);
      this.readOnly = store.readOnly;
      this.problem = null;
      this.#watchOthers();
      void this.#readUsage(store);
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    } finally {
      this.loaded = true;
    }
  }

  /** Nothing waits for it: a browser may take long to count its bytes, after a crash above all. */
  async #readUsage(store: Store): Promise<void> {
    this.usage = await store.usage().catch(() => null);
  }

  /** A new list; what is on screen stays, or moves on with the run in training. */
  #setRuns(runs: readonly RunSummary[]): void {
    const before = this.shown?.heads.map(({ uid }) => uid) ?? [];
    const live = this.liveUid !== null && before.includes(this.liveUid) ? this.liveUid : null;
    this.runs = merged(this.runs, runs);
    const holds = (uid: string) => (group: RunGroup) => group.heads.some((run) => run.uid === uid);
    // A toggle makes the run in training a regime of its own.
    const moved = live === null ? undefined : this.groups.find(holds(live));
    if (moved !== undefined) this.shownKey = moved.key;
    else if (this.shown === null) {
      const same = before.map((uid) => this.groups.find(holds(uid))).find((group) => group);
      this.shownKey = (same ?? this.groups[0])?.key ?? null;
    }
    if (this.compared === null || this.comparedKey === this.shownKey) this.comparedKey = null;
  }

  /** The end of a run in another tab changes nothing in the store if that tab was closed. */
  #watchOthers(): void {
    clearTimeout(this.#poll);
    const others = [...this.held].some((uid) => uid !== this.liveUid);
    if (others) this.#poll = setTimeout(() => void this.refresh(), POLL);
  }

  async #readEpochs(store: Store): Promise<void> {
    const stale = this.runs.filter(
      ({ uid, epochCount }) =>
        this.shownUids.includes(uid) && this.epochs.get(uid)?.length !== epochCount,
    );
    if (stale.length === 0) return;
    const before = this.epochs;
    const read = await Promise.all(
      stale.map(async ({ uid }) => [uid, await store.readEpochs(uid)] as const),
    );
    const news = read.filter(([uid]) => this.epochs.get(uid) === before.get(uid));
    this.epochs = new Map([...this.epochs, ...news]);
  }

  /** A run as listed, with the epochs that the trainer has told of since the list was asked for. */
  #withHeard(run: RunSummary, before: Epochs): RunSummary {
    const heard = this.epochs.get(run.uid);
    if (heard === undefined || heard === before.get(run.uid)) return run;
    return { ...run, epochCount: Math.max(run.epochCount, heard.length) };
  }

  #takeHead(head: RunHead): void {
    const known = this.runs.find(({ uid }) => uid === head.uid);
    const summary: RunSummary = {
      ...head,
      epochCount: known?.epochCount ?? 0,
      resumable: known?.resumable ?? false,
    };
    this.#setRuns([...this.runs.filter(({ uid }) => uid !== head.uid), summary]);
  }

  #follow({ state, uid }: Status): boolean {
    const training = state === 'preparing' || state === 'training' || state === 'paused';
    const live = training ? uid : null;
    if (live === this.liveUid) return false;
    this.liveUid = live;
    this.snapshot = null;
    const run = this.runs.find((one) => one.uid === live);
    if (run === undefined) void this.refresh();
    else void this.#showLive(run);
    return live !== null;
  }

  /**
   * Shows the run in training. A fork stands beside its parent; the branch without a change takes the
   * parent's place where the parent has not come to its end.
   */
  async #showLive(run: RunSummary): Promise<void> {
    const { fork } = run;
    const parent = this.runs.find(({ uid }) => uid === fork?.parent);
    if (fork === undefined || parent === undefined) return this.show(regimeKey(run));
    const sibling = this.compared?.heads.some(
      (head) => head.fork?.parent === fork.parent && head.fork.epoch === fork.epoch,
    );
    if (!isControl(fork) || sibling !== true) {
      this.shownKey = regimeKey(parent);
      this.comparedKey = regimeKey(run);
    } else if (parent.state !== 'finished') this.shownKey = regimeKey(run);
    await this.refresh();
  }

  #takeEpoch(uid: string, record: EpochRecord): void {
    const before = this.epochs.get(uid) ?? [];
    if (record.epoch !== before.length + 1) {
      void this.refresh();
      return;
    }
    this.epochs = new Map([...this.epochs, [uid, [...before, record]]]);
    this.runs = this.runs.map((run) =>
      run.uid === uid ? { ...run, epochCount: Math.max(run.epochCount, record.epoch) } : run,
    );
  }

  #takeEvent(uid: string, event: RunEvent): void {
    this.runs = this.runs.map((run) =>
      run.uid === uid && !run.events.some(({ at, kind }) => at === event.at && kind === event.kind)
        ? { ...run, state: STATE_AFTER[event.kind] ?? run.state, events: [...run.events, event] }
        : run,
    );
  }

  /** @param only the run to draw alone */
  #seriesOf({ key, name, heads }: RunGroup, only?: string): SceneSource {
    const drawn = only === undefined ? heads : heads.filter(({ uid }) => uid === only);
    const runs = drawn.map((head) => ({ head, epochs: this.epochs.get(head.uid) ?? [] }));
    return sceneSource(key, name, runs, this.liveUid, this.stage);
  }

  #recorded(): readonly SceneSource[] {
    if (this.recording === null || this.recording.runs.length === 0) return [];
    const { title, runs } = this.recording;
    const read = runs.map((run) => ({ head: run, epochs: run.epochs }));
    return [sceneSource('recording', title, read, null, this.stage)];
  }
}

/**
 * The new list with every run that has not changed kept as the same object, and the old list if none
 * has: what is drawn is drawn again only for a reason.
 */
function merged(
  before: readonly RunSummary[],
  after: readonly RunSummary[],
): readonly RunSummary[] {
  const known = new Map(before.map((run) => [run.uid, run]));
  const next = after.map((run) => {
    const old = known.get(run.uid);
    return old !== undefined && sameRun(old, run) ? old : run;
  });
  const same = next.length === before.length && next.every((run, at) => run === before[at]);
  return same ? before : next;
}

/** Whether all that may change in a run's head is the same; toggles and events only ever grow. */
function sameRun(a: RunSummary, b: RunSummary): boolean {
  return (
    a.name === b.name &&
    a.state === b.state &&
    a.epochCount === b.epochCount &&
    a.resumable === b.resumable &&
    a.toggles.length === b.toggles.length &&
    a.events.length === b.events.length &&
    a.environment.backend === b.environment.backend &&
    a.environment.adapter === b.environment.adapter
  );
}
