import { METHOD_FACTS } from '../../paper/method/registry';
import { validateSettings } from '../../paper/validate';
import { forkRefusal } from '../../trace/fork';
import { effectiveChange, liveAt, type Live } from '../../trace/toggle';
import type { LiveChange, RunHead } from '../../trace/types';
import { recordingFile, RECORDINGS } from '../recording';
import type { App } from '../state/app.svelte';
import { costWords } from './words';

/** A run that can be branched off from. */
interface Candidate {
  readonly head: RunHead;
  /** Epochs that it has. */
  readonly recorded: number;
  /** Median wall clock of an epoch, where it was trained. */
  readonly epochSeconds: number;
  /** It has a checkpoint where it ends. */
  readonly kept: boolean;
}

/** The parts of the page that a fork acts on. */
type Parts = Pick<
  App,
  'library' | 'clock' | 'scene' | 'trainer' | 'bench' | 'recordings' | 'import'
>;

/** A fork before it is trained: of which run, where, and what is changed. */
export class ForkPlan {
  readonly #page: Parts;
  #uid = $state<string | null>(null);
  /** What was set by hand; the rest is as in the run. */
  #set = $state.raw<LiveChange>({});
  /** What is typed into the field; null while it shows what is in force. */
  #l2 = $state<string | null>(null);

  /** Why it could not be begun. */
  failure = $state<string | null>(null);

  readonly run: Candidate | null = $derived.by(() => {
    const { scene } = this.#page;
    const uid = [this.#uid, scene.focus].find((one) =>
      scene.seeds.some((seed) => seed.uid === one),
    );
    return this.#candidate(uid ?? scene.seeds[0]?.uid ?? null);
  });
  readonly epoch: number = $derived.by(() => this.#page.clock.epoch);
  /** In force in the first epoch of the branches. */
  readonly live: Live | null = $derived(
    this.run && liveAt(this.run.head.config.effective, this.run.head.toggles, this.epoch + 1),
  );
  readonly hasL2 = $derived(
    this.run !== null && METHOD_FACTS[this.run.head.config.effective.method].l2,
  );
  readonly l2Text = $derived(this.#l2 ?? String(this.live?.l2 ?? ''));
  readonly l2Problem = $derived(
    this.#l2 === null ? undefined : validateSettings({ l2: this.#l2 }).problems[0]?.message,
  );
  readonly #wanted: LiveChange = $derived.by(() => {
    if (this.#l2 === null || !this.hasL2 || this.l2Problem !== undefined) return this.#set;
    return { ...this.#set, l2: validateSettings({ l2: this.#l2 }).settings.l2 };
  });
  readonly change: LiveChange = $derived(
    this.live === null ? {} : effectiveChange(this.live, this.#wanted),
  );
  readonly isChange = $derived(Object.keys(this.change).length > 0);
  readonly after: Live | null = $derived(this.live && { ...this.live, ...this.change });

  /** Why nothing can be forked at the clock; null when it can. */
  readonly refusal: string | null = $derived.by(() => {
    const { library, trainer, bench } = this.#page;
    if (this.run === null) return 'There is no run on screen.';
    if (trainer.busy) return 'A run is in training: stop it, or wait for its end.';
    if (bench.running) return 'A benchmark is running: stop it, or wait for its end.';
    if (library.held.has(this.run.head.uid)) return 'The run is in training in another tab.';
    if (library.isRecorded && library.problem !== null) {
      return 'A recorded run is kept among yours before it is forked, and this browser keeps nothing.';
    }
    const words = forkRefusal(this.run.head, this.run.recorded, this.epoch);
    if (words !== null) return `Seed ${this.run.head.seed} ${words}.`;
    return this.l2Problem ?? null;
  });
  readonly cost: string = $derived.by(() => {
    if (this.run === null) return '';
    return costWords({
      ...this.run,
      epoch: this.epoch,
      total: plannedEpochs(this.run.head),
      branches: this.isChange ? 2 : 1,
      isRecorded: this.#page.library.isRecorded,
    });
  });

  constructor(page: Parts) {
    this.#page = page;
  }

  choose(uid: string): void {
    this.#uid = uid;
  }

  set(change: LiveChange): void {
    this.#set = { ...this.#set, ...change };
  }

  typeL2(text: string): void {
    this.#l2 = text;
  }

  /**
   * Trains the branches; a recorded run is first put among the visitor's own.
   *
   * @returns whether they are on their way; else {@link failure} says why not.
   */
  async start(): Promise<boolean> {
    if (this.run === null || this.refusal !== null) return false;
    const { head } = this.run;
    const request = { uid: head.uid, epoch: this.epoch, change: this.change };
    this.failure = null;
    const { library, trainer } = this.#page;
    try {
      if (library.isRecorded) await this.#keepRecorded();
      if (!library.runs.some(({ uid }) => uid === head.uid)) {
        throw new Error('The recorded run could not be kept among yours, so it cannot be forked.');
      }
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      return false;
    }
    void trainer.fork(request, head.environment.backend);
    return true;
  }

  async #keepRecorded(): Promise<void> {
    const { library, recordings } = this.#page;
    const entry = recordings.find(({ file }) => file === library.recording?.file);
    if (entry !== undefined) await this.#page.import([await recordingFile(RECORDINGS, entry)]);
  }

  #candidate(uid: string | null): Candidate | null {
    const { library } = this.#page;
    const stored = library.runs.find((run) => run.uid === uid);
    const recorded = library.isRecorded
      ? library.recording?.runs.find((run) => run.uid === uid)
      : undefined;
    const head = stored ?? recorded;
    if (head === undefined) return null;
    const epochs = recorded?.epochs ?? library.epochs.get(head.uid) ?? [];
    const times = epochs.map(({ seconds }) => seconds).sort((a, b) => a - b);
    return {
      head,
      recorded: stored?.epochCount ?? epochs.length,
      epochSeconds: times[times.length >> 1] ?? 0,
      kept: stored?.resumable ?? false,
    };
  }
}

function plannedEpochs({ config }: RunHead): number {
  return config.effective.warmup + config.effective.epochs;
}
