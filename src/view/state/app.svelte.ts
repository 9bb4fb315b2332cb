import { DEFAULT_SETTINGS, regimeLabel } from '../../paper/regime';
import { settingsOf } from '../../paper/resolve';
import { isOneShot } from '../../paper/space/space';
import type { RunSummary } from '../../store/database';
import type { TrainerClient } from '../../trainer/client';
import { regimeKey } from '../../trace/digest';
import type { RecordingEntry } from '../../trace/recordings';
import type { BackendChoice, Holder, Report } from '../../trainer/protocol';
import { Bench } from '../bench/bench.svelte';
import { recordedEpochs } from '../chart/series';
import { engineWarning } from '../engine';
import { Experiments } from '../experiments/experiments.svelte';
import { looksLikeTable } from '../files/table-file';
import { bytes } from '../format';
import { formatLink, parseLink, type Control, type LinkRequest } from '../link';
import { isOnPlayground, type Place } from '../pages';
import { listRecordings, loadRecording, recordingFile, RECORDINGS } from '../recording';
import { RunTableState } from '../runs/table.svelte';
import { Verification } from '../runs/verification.svelte';
import { inTurn } from '../turns';
import { RunCare, type OpenStore } from './care';
import { Clock } from './clock.svelte';
import { SaveFolder } from './folder.svelte';
import { RegimeForm } from './form.svelte';
import { Library } from './library.svelte';
import { Notices } from './notices.svelte';
import { Offline } from './offline.svelte';
import { Scene } from './scene.svelte';
import { SHIPPED_TABLES, Tables } from './tables.svelte';
import { ThemeState } from './theme.svelte';
import { Toasts } from './toasts.svelte';
import { Trainer } from './trainer.svelte';
import { Transfer } from './transfer.svelte';

export interface AppOptions {
  readonly client: TrainerClient;
  readonly openStore: OpenStore;
  /** Name of the database, when it is not the usual one. */
  readonly database?: string;
  /** The tables of accuracies that ship with the page. */
  readonly tables?: readonly URL[];
  /** The service worker that keeps the page for use without a network; none unless given. */
  readonly serviceWorker?: URL | null;
}

/** CIFAR-10 as published: `cifar-10-binary.tar.gz` or its `.bin` files. A trace may be packed, too. */
const IMAGE_FILE = /(?<!\.json)\.(bin|gz|tgz|tar)$/i;

const stillMedia = matchMedia('(prefers-reduced-motion: reduce)');

/** Everything on the page that has a state, and what happens between its parts. */
export class App {
  readonly toasts = new Toasts();
  readonly notices = new Notices();
  readonly theme = new ThemeState();
  readonly form = new RegimeForm();
  readonly clock = new Clock(undefined, () => stillMedia.matches);
  readonly trainer: Trainer;
  readonly library: Library;
  readonly transfer: Transfer;
  readonly folder: SaveFolder;
  readonly care: RunCare;
  readonly table: RunTableState;
  readonly bench: Bench;
  readonly verification: Verification;
  readonly experiments: Experiments;
  readonly tables: Tables;
  readonly offline: Offline;
  /** The regime on screen at the clock, and the one drawn over it. */
  readonly scene: Scene;
  readonly comparison: Scene;
  readonly #stops: (() => void)[] = [];

  place = $state<Place>('playground');
  /** What the last link to the page of cells asked for. */
  cellRequest = $state.raw<LinkRequest | null>(null);
  /** Controls of the playground on show; null for all. */
  controls = $state.raw<readonly Control[] | null>(null);
  /** Where dropped files go while a page collects them; null for the import. */
  collect = $state.raw<((files: readonly File[]) => void) | null>(null);
  /** What the last link to the lessons asked for. */
  lessonRequest = $state.raw<LinkRequest | null>(null);
  /** A figure of the experiments to go to, as the paper counts. */
  figure = $state<string | null>(null);
  /** What ships with the page. */
  recordings = $state.raw<readonly RecordingEntry[]>([]);
  /** The runs of the store are known, and the list of recordings has come or could not. */
  listed = $state(false);
  /** False until it is known what the page shows first; until then it keeps the room for it. */
  settled = $state(false);
  /** The first recording was shown, or could not be. */
  #hasPlayed = false;
  /** The visitor has pressed Train while something was wrong. */
  #refused = $state(false);

  /** What Train was refused for; empty once it is mended. */
  readonly refusal: readonly string[] = $derived(
    this.#refused ? this.form.problems.map(({ message }) => message) : [],
  );
  /** What loading the page again would cut off, here or in another tab, in words; null for nothing. */
  readonly atWork: string | null = $derived.by(() => {
    if (this.trainer.busy) return 'A run is in training.';
    if (this.library.held.size > 0) return 'A run is in training in another tab.';
    if (this.bench.running) return 'A benchmark is running.';
    return this.verification.running ? 'Runs are being verified.' : null;
  });
  /** Runs that other tabs train. */
  readonly elsewhere: readonly RunSummary[] = $derived.by(() => {
    const own = this.trainer.busy ? this.trainer.status.uid : null;
    return this.library.runs.filter(({ uid }) => this.library.held.has(uid) && uid !== own);
  });
  /** Unfinished runs that no trainer holds and that have a checkpoint, the youngest first. */
  readonly cutOff: readonly RunSummary[] = $derived.by(() => {
    const { status, fault, busy } = this.trainer;
    if (busy) return [];
    return this.library.runs
      .filter(({ uid, state, resumable }) => {
        if (!resumable || this.library.held.has(uid)) return false;
        if (state === 'error') return uid === fault?.uid;
        // The list may still tell the state before the last report.
        const ended = status.uid === uid && status.state !== 'error';
        return (state === 'running' || state === 'paused') && !ended;
      })
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  });

  constructor({
    client,
    openStore,
    database,
    tables = SHIPPED_TABLES,
    serviceWorker = null,
  }: AppOptions) {
    this.trainer = new Trainer(client);
    this.library = new Library(() => this.care.open(openStore), database);
    this.care = new RunCare(this);
    const { library, clock } = this;
    this.scene = new Scene(
      () => library.series[0] ?? null,
      clock,
      () => library.snapshot,
    );
    this.comparison = new Scene(() => library.series[1] ?? null, clock);
    this.table = new RunTableState(this);
    this.transfer = new Transfer(this.library, this.toasts, this.notices);
    this.folder = new SaveFolder(this.library, this.notices);
    this.tables = new Tables(this, tables);
    this.bench = new Bench(client, this.trainer, this.library);
    this.verification = new Verification(client, this.trainer, this.bench);
    this.experiments = new Experiments({
      trainer: this.trainer,
      library: this.library,
      recordings: () => this.recordings,
      listed: () => this.listed,
      folder: RECORDINGS,
      benchmark: () => this.bench.running,
      table: (space) => this.tables.of(space),
      judging: () => this.tables.judging,
      unfit: () => this.tables.unfit,
    });
    this.offline = new Offline(this.toasts, serviceWorker, async () => {
      // Another tab may have started a run since.
      await this.library.refresh();
      return this.atWork;
    });
    this.#stops.push(client.onReport((report) => this.#receive(report)));
  }

  /** Reads the link and the store, then shows the newest regime or, on a first visit, a recording. */
  async start(): Promise<void> {
    const onHash = (): void => {
      this.followLink(location.hash);
      void this.#showFirst();
    };
    addEventListener('hashchange', onHash);
    this.#stops.push(() => removeEventListener('hashchange', onHash));
    this.followLink(location.hash);

    // The list is on its way while the store is read.
    const listed = this.#recorded(async (folder) => {
      this.recordings = await listRecordings(folder);
    });
    await this.library.refresh();
    this.care.tellState();
    if (this.library.shown !== null) this.clock.load(this.length);
    await listed;
    this.listed = true;
    // What moves first waits for no table, and shares the processor with none.
    await this.#showFirst();
    this.settled = true;
    await Promise.all([
      this.tables.start(),
      this.folder.restore(),
      this.experiments.queue.restore(),
    ]);
    await this.offline.start();
  }

  /** A named regime for the next run; while recordings are on screen, its recording, too. */
  async chooseRegime(key: string): Promise<void> {
    this.form.chooseRegime(key);
    const entry = this.recordings.find(({ regime }) => regime === key);
    // What is recorded for a regime was searched by the default method.
    const isDefault = this.form.method === DEFAULT_SETTINGS.method;
    if (this.library.isRecorded && isDefault && entry !== undefined) {
      await this.showRecording(entry);
    }
  }

  async showRecording(entry: RecordingEntry): Promise<void> {
    await this.#recorded((folder) => this.#play(folder, entry));
  }

  /** Puts a recording among the visitor's own runs, to be compared with them. */
  async keepRecording(entry: RecordingEntry): Promise<void> {
    await this.#recorded(async (folder) => this.import([await recordingFile(folder, entry)]));
  }

  /** Trains the first epochs of stored runs again and compares. */
  async verifyRuns(name: string, uids: readonly string[]): Promise<void> {
    const { database } = this.library;
    await this.verification.run({
      name,
      source: () => Promise.resolve({ kind: 'stored', uids: [...uids], database }),
    });
  }

  /** The same with the runs of a recording. */
  async verifyRecording(entry: RecordingEntry): Promise<void> {
    await this.verification.run({
      name: entry.title,
      source: async () => ({ kind: 'file', file: await recordingFile(RECORDINGS, entry) }),
    });
  }

  close(): void {
    this.clock.pause();
    this.bench.stop();
    this.verification.stop();
    this.experiments.close();
    this.tables.close();
    this.offline.close();
    this.trainer.close();
    this.library.close();
    for (const stop of this.#stops) stop();
  }

  /** Applies what a link names. While a run trains nothing is applied, and the page says so. */
  followLink(hash: string): void {
    const link = parseLink(hash);
    this.place = link.place;
    if (link.place === 'bench') {
      this.bench.follow(link);
      this.#tellProblems(link.problems);
      return;
    }
    if (link.place === 'cell') {
      this.cellRequest = link;
      this.#tellProblems(link.problems);
      return;
    }
    if (link.place === 'lessons') {
      this.lessonRequest = link;
      this.#tellProblems(link.problems);
      return;
    }
    const named = Object.keys(link.settings).length > 0 || link.seeds !== undefined;
    const names = named || link.show !== undefined;
    if ((names || link.backend !== undefined) && this.trainer.busy) {
      this.notices.show('link', 'The link was not followed', [
        'A run is in training. Stop it first, then open the link again.',
      ]);
      return;
    }
    this.form.follow(link);
    if (names) this.controls = link.show ?? null;
    if (link.backend !== undefined) this.trainer.choose(link.backend);
    this.#tellProblems(link.problems);
  }

  /** Whether a control of the playground is on show. */
  shows(control: Control): boolean {
    return this.controls === null || this.controls.includes(control);
  }

  async copyLink(): Promise<void> {
    const { settings, seedList } = this.form;
    if (settings === null || seedList === null) {
      this.#refused = true;
      return;
    }
    const hash = formatLink(settings, seedList, this.trainer.backend);
    const url = new URL(hash, location.href).href;
    try {
      await navigator.clipboard.writeText(url);
      this.toasts.show('Link copied.');
    } catch {
      // No clipboard without permission or outside a secure page: the address bar serves as well.
      history.replaceState(null, '', hash);
      this.toasts.show('The link is in the address bar.');
    }
  }

  /** Trains what is on screen, or says what is wrong with it. */
  async train(): Promise<void> {
    const { settings, seedList } = this.form;
    this.#refused = settings === null || seedList === null;
    if (settings === null || seedList === null || this.trainer.busy) return;
    if (this.#isMeasured()) return;
    await this.trainer.train(settings, seedList, regimeLabel(settings));
  }

  /** Goes on with a run that was cut off, or takes it over from another tab, and shows it. */
  async continueRun(uid: string, holder: Holder = 'nobody'): Promise<void> {
    const head = this.library.runs.find((run) => run.uid === uid);
    if (head === undefined || this.trainer.busy || this.#isMeasured()) return;
    // The form has no field for other spaces.
    if (!isOneShot(head.config.effective.space)) this.form.show(settingsOf(head.config));
    await this.showRegime(regimeKey(head));
    await this.trainer.continueRun(uid, holder);
  }

  /** Shows a run of another tab as it trains. */
  async watch(run: RunSummary): Promise<void> {
    await this.showRegime(regimeKey(run));
    this.clock.following = true;
  }

  /**
   * Ends a trainer that does not answer and goes on from the last finished epoch.
   *
   * @param backend to go on with; null for the same.
   */
  async restart(backend: BackendChoice | null = null): Promise<void> {
    const { uid } = this.trainer.status;
    if (uid === null) {
      this.trainer.giveUp();
      return;
    }
    this.trainer.restart();
    if (backend !== null) this.trainer.choose(backend);
    await this.continueRun(uid, 'ended');
  }

  async showRegime(key: string): Promise<void> {
    await this.library.show(key);
    this.clock.load(this.length, { edge: this.edge });
  }

  async compareRegime(key: string | null): Promise<void> {
    await this.library.compare(key);
    this.clock.grow(this.length, this.edge);
  }

  /**
   * Imports traces and shows the first new run, or what a figure showed; tables of accuracies go to the tables, archives of
   * images to the trainer.
   */
  async import(files: readonly File[]): Promise<void> {
    const images = files.filter(({ name }) => IMAGE_FILE.test(name));
    const others = files.filter((file) => !images.includes(file));
    const areTables = await Promise.all(others.map(looksLikeTable));
    const traces = others.filter((_, at) => !areTables[at]);
    const before = this.library.shownKey;
    if (images.length > 0) await this.#adopt(images);
    await this.tables.import(others.filter((_, at) => areTables[at]));
    const view = await this.transfer.import(traces);
    if (this.library.shownKey !== before) this.clock.load(this.length, { edge: this.edge });
    if (view === null) return;
    const { restoreView } = await import('../figure/restore');
    await restoreView(this, view);
  }

  skipTo(event: Event): void {
    event.preventDefault();
    document.querySelector<HTMLElement>('#main')?.focus();
  }

  /** Epochs that the regimes on screen have finished. */
  get length(): number {
    return recordedEpochs(this.library.series.flatMap(({ trajectories }) => trajectories));
  }

  /** Where training is; the end when nothing trains. */
  get edge(): number {
    const live = this.library.series
      .flatMap(({ trajectories }) => trajectories)
      .find((trajectory) => trajectory.live);
    return live === undefined ? this.length : live.epochs.length;
  }

  #tellProblems(problems: readonly string[]): void {
    if (problems.length === 0) this.notices.clear('link');
    else this.notices.show('link', 'Parts of the link were ignored', problems);
  }

  /** Whether a benchmark runs, which training would disturb; the page then says so. */
  #isMeasured(): boolean {
    if (this.bench.running) {
      this.notices.show('bench', 'A benchmark is running', [
        'Training beside it would make both slow and its times wrong. Stop it or wait for its end.',
      ]);
    } else this.notices.clear('bench');
    return this.bench.running;
  }

  async #adopt(files: readonly File[]): Promise<void> {
    this.toasts.show('Reading the images…');
    try {
      const stored = await this.trainer.adoptImages(files);
      this.notices.clear('images');
      this.toasts.show(
        `CIFAR-10 is kept in this browser (${bytes(stored)}); nothing is downloaded.`,
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.notices.show('images', 'These images cannot be used', [reason]);
    }
  }

  /**
   * Plays the first recording to a visitor without runs, once the playground is looked at: the other
   * pages neither need it nor wait for it.
   */
  async #showFirst(): Promise<void> {
    const first = this.recordings[0];
    const isWanted = this.library.loaded && this.library.shown === null && !this.#hasPlayed;
    if (!isWanted || !isOnPlayground(this.place) || first === undefined) return;
    this.#hasPlayed = true;
    this.settled = false;
    await this.#recorded((folder) => this.#play(folder, first));
    this.settled = true;
  }

  async #play(folder: URL, entry: RecordingEntry): Promise<void> {
    const recording = await loadRecording(folder, entry);
    // What a worker has read takes its time to arrive, and drawing it takes its own.
    await new Promise<void>(inTurn);
    // A run may have started, or an import come in, while it loaded.
    if (this.library.shown !== null) return;
    this.library.recording = recording;
    this.clock.load(this.length, { play: true });
  }

  async #recorded(job: (folder: URL) => Promise<void>): Promise<void> {
    try {
      await job(RECORDINGS);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.toasts.show(`The recorded run could not be shown: ${reason}`);
    }
  }

  #receive(report: Report): void {
    if (report.type === 'opened') {
      const warning = engineWarning(report);
      if (warning === null) this.notices.clear('engine');
      else this.notices.show('engine', warning, [report.why]);
    }
    this.care.receive(report);
    void this.folder.receive(report);
    const changed = this.library.receive(report);
    if (changed) {
      this.clock.pause();
      this.clock.following = true;
    }
  }
}
