import type { SearchData } from '../data/search-data';
import type { Device } from '../engine/device';
import type { SearchSnapshot } from '../engine/snapshot';
import { METHOD_FACTS } from '../paper/method/registry';
import { endWords } from '../paper/stop/early-stop';
import { median } from '../paper/statistics';
import type { Checkpoint } from '../store/checkpoint';
import { heldRuns } from '../store/lock';
import { isFull } from '../store/error';
import type { RunLog } from '../store/run-log';
import { jointEpochs } from '../trace/bench-run';
import { liveAt, LIVE_PARTS, withChange, type Live } from '../trace/toggle';
import type { EpochRecord, LiveChange, RunEvent, RunHead, RunState, Toggle } from '../trace/types';
import { checkpointOf, snapshotOf } from './checkpoint';
import { faultOf } from './fault';
import { onAskedFor } from './handover';
import { Heartbeat } from './heartbeat';
import { trainRun, type ResumePoint, type RunProgress } from './loop';
import type { FaultKind, Report, Status } from './protocol';

export interface RunOrigin {
  readonly head: RunHead;
  /** Null for a new run. */
  readonly from: Checkpoint | null;
  /** Of a fork that is not stored yet: the epochs up to its checkpoint, which are its parent's. */
  readonly shared?: readonly EpochRecord[];
}

type StepProgress = Extract<RunProgress, { type: 'step' }>;
type EpochProgress = Extract<RunProgress, { type: 'epoch' }>;
/** `release`: another tab takes the run over, and nothing may be written any more. */
type Wanted = 'run' | 'pause' | 'step' | 'stop' | 'release';

interface SessionHost {
  readonly post: (report: Report) => void;
  readonly breathe: () => Promise<void>;
}

/** Reports of progress, at most one in this many milliseconds. */
const REPORT_EVERY = 100;

/**
 * One run being trained: pulls the run loop, writes every epoch with its checkpoint, and answers
 * pause, step, stop and changes between two steps. Its host holds the run's lock.
 */
export class RunSession {
  status: Status;
  #toggles: readonly Toggle[];
  #pending: LiveChange = {};
  #live: Live;
  #wanted: Wanted = 'run';
  #wake: (() => void) | null = null;
  #reportedAt = 0;
  #evaluationSeconds = 0;
  readonly #times: number[] = [];
  readonly #heartbeat = new Heartbeat();

  constructor(
    private readonly host: SessionHost,
    private readonly log: RunLog,
    private readonly device: Device,
    private readonly data: SearchData,
    private readonly origin: RunOrigin,
    queue: readonly number[],
  ) {
    const { head, from } = origin;
    const { effective } = head.config;
    const epoch = from?.epoch ?? 0;
    this.#toggles = head.toggles;
    this.#live = liveAt(effective, this.#toggles, epoch + 1);
    this.status = {
      state: 'preparing',
      detail: 'building the supernet',
      uid: head.uid,
      cell: null,
      seed: head.seed,
      queue,
      epoch,
      epochs: effective.warmup + effective.epochs,
      step: 0,
      stepsPerEpoch: effective.stepsPerEpoch,
      stepSeconds: null,
      secondsLeft: null,
      pending: {},
      live: this.#live,
    };
  }

  get uid(): string {
    return this.origin.head.uid;
  }

  pause(): void {
    if (this.#wanted === 'run' || this.#wanted === 'step') this.#want('pause');
  }

  resume(): void {
    if (this.#wanted === 'pause' || this.#wanted === 'step') this.#want('run');
  }

  step(): void {
    if (this.#wanted === 'pause') this.#want('step');
  }

  stop(): void {
    this.#want('stop');
  }

  /** Takes effect at the next epoch; setting a part back to what is in force withdraws it. */
  change(change: LiveChange): void {
    const next: { -readonly [key in keyof LiveChange]: LiveChange[key] } = {
      ...this.#pending,
      ...change,
    };
    for (const key of LIVE_PARTS) {
      if (next[key] === undefined || next[key] === this.#live[key]) delete next[key];
    }
    // What a method has no use for cannot change.
    if (!METHOD_FACTS[this.origin.head.config.effective.method].l2) delete next.l2;
    this.#pending = next;
    this.#report({ pending: next });
  }

  /** Whether another tab has asked for the run. */
  get released(): boolean {
    return this.#wanted === 'release';
  }

  /** Whether an epoch was finished. */
  get advanced(): boolean {
    return this.status.epoch > (this.origin.from?.epoch ?? 0);
  }

  /** Trains to the end, to a stop, or to an error, which is stored with the run and thrown on. */
  async run(): Promise<void> {
    const stopListening = onAskedFor(this.uid, () => this.#want('release'));
    try {
      await this.#pull();
    } catch (error) {
      await this.#keepError(error);
      throw error;
    } finally {
      stopListening();
    }
  }

  async #pull(): Promise<void> {
    const { head, from } = this.origin;
    const loop = trainRun({
      seed: head.seed,
      config: head.config,
      data: this.data,
      device: this.device,
      from: from && (await this.#resumePoint(from)),
      toggles: (epoch) => this.#togglesFor(epoch),
      compiling: (share) => {
        this.#heartbeat.rest();
        this.#report({
          detail: share < 1 ? `compiling for the GPU: ${Math.floor(100 * share)} %` : 'training',
        });
      },
    });
    for await (const progress of loop) {
      // The page may have been frozen inside a step or an evaluation, too, which wait for the device.
      const usual = this.#usualSeconds(progress);
      if (usual === null) this.#heartbeat.rest();
      const before = this.#heartbeat.beat(usual ?? 0);
      await this.#take(progress);
      if (progress.type === 'epoch' && progress.last) return;
      await this.host.breathe();
      await this.#tellGap(this.#beat() ?? before);
      if (!(await this.#mayGoOn())) return;
    }
  }

  async #take(progress: RunProgress): Promise<void> {
    switch (progress.type) {
      case 'ready':
        return this.#begin(progress.snapshot);
      case 'epoch-start':
        return this.#startEpoch(progress.epoch, progress.live);
      case 'step':
        return this.#stepDone(progress);
      case 'evaluating':
        this.#evaluationSeconds = performance.now();
        return;
      case 'epoch':
        return this.#endEpoch(progress);
    }
  }

  /** What this progress takes otherwise; null before that is known. */
  #usualSeconds({ type }: RunProgress): number | null {
    if (type === 'epoch') return this.#shortestEvaluation;
    return type === 'step' ? this.status.stepSeconds : (this.status.stepSeconds ?? 0);
  }

  #beat(): number | null {
    return this.#heartbeat.beat(this.status.stepSeconds ?? 0);
  }

  /** Notes a time in which nothing ran, in the trace and for the visitor. */
  async #tellGap(seconds: number | null): Promise<void> {
    if (seconds === null) return;
    const as = 'as when the browser freezes a page or the machine sleeps';
    await this.#event('interrupted', `nothing ran for ${seconds.toFixed(0)} s, ${as}`);
  }

  async #resumePoint(checkpoint: Checkpoint): Promise<ResumePoint> {
    const records = this.origin.shared ?? (await this.log.readEpochs(this.uid));
    const { epoch } = checkpoint;
    return { epoch, joint: jointEpochs(records), snapshot: snapshotOf(checkpoint) };
  }

  async #begin(snapshot: SearchSnapshot): Promise<void> {
    const { head, from, shared } = this.origin;
    if (!from) {
      const checkpoint = checkpointOf(this.uid, 0, snapshot);
      if (!(await this.#write(() => this.log.createRun(head, checkpoint)))) return;
      this.host.post({ type: 'run', head });
    } else if (shared) {
      if (!(await this.#write(() => this.log.createFork(head, shared, from)))) return;
      this.host.post({ type: 'run', head });
      for (const record of shared) this.host.post({ type: 'epoch', uid: this.uid, record });
    } else {
      const open = head.state === 'running' || head.state === 'paused';
      const cut = open && head.events.at(-1)?.kind !== 'device-lost';
      if (cut) await this.#event('interrupted', `cut off after epoch ${from.epoch}`);
      const { name } = this.device;
      const before = head.environment.backend;
      const where = name === before ? name : `${name}, after ${before}: numbers may differ`;
      await this.#event(
        'resumed',
        `from the checkpoint of epoch ${from.epoch} on ${where}`,
        'running',
      );
    }
    this.#report({ state: 'training', detail: 'training' });
  }

  /** The toggles in force in an epoch that is about to start; what was pending becomes one. */
  #togglesFor(epoch: number): readonly Toggle[] {
    if (!this.#opensFork(epoch)) this.#toggles = withChange(this.#toggles, epoch, this.#pending);
    return this.#toggles;
  }

  /** The first epoch of a fork keeps to what the fork says; what the visitor changes waits for the next. */
  #opensFork(epoch: number): boolean {
    return this.origin.head.fork?.epoch === epoch - 1;
  }

  async #startEpoch(epoch: number, live: Live): Promise<void> {
    const taken = this.#opensFork(epoch) ? {} : this.#pending;
    const changes = Object.entries(taken).map(([key, value]) => {
      const before = this.#live[key as keyof Live];
      return `${key}: ${String(before)} -> ${String(value)}`;
    });
    if (taken === this.#pending) this.#pending = {};
    this.#live = live;
    if (changes.length > 0) {
      const event = this.#newEvent('toggle', `${changes.join(', ')}, from epoch ${epoch}`);
      const change = { toggles: this.#toggles, addEvents: [event] };
      if (!(await this.#write(() => this.log.updateHead(this.uid, change)))) return;
      this.host.post({ type: 'event', uid: this.uid, event });
    }
    this.#report({ live, pending: this.#pending, step: 0 });
  }

  #stepDone({ epoch, step, seconds, alpha }: StepProgress): void {
    this.#times.push(seconds);
    if (this.#times.length > 64) this.#times.shift();
    const stepSeconds = median(this.#times);
    const { epochs, stepsPerEpoch, queue } = this.status;
    const shared = this.origin.head.fork?.epoch ?? 0;
    const perEpoch = stepsPerEpoch * stepSeconds + this.#lastEvaluation;
    const left = (epochs - epoch) * perEpoch + (stepsPerEpoch - step) * stepSeconds;
    const due = performance.now() - this.#reportedAt > REPORT_EVERY;
    this.status = {
      ...this.status,
      step,
      stepSeconds,
      secondsLeft: left + queue.length * (epochs - shared) * perEpoch,
      detail: `epoch ${epoch} of ${epochs}`,
    };
    if (due || this.#wanted !== 'run') this.#report({});
    if (alpha) this.host.post({ type: 'snapshot', uid: this.uid, epoch, step, alpha });
    if (this.#wanted === 'step') this.#wanted = 'pause';
  }

  #lastEvaluation = 0;
  #shortestEvaluation: number | null = null;

  async #endEpoch({ record, snapshot, last, stop }: EpochProgress): Promise<void> {
    this.#lastEvaluation = (performance.now() - this.#evaluationSeconds) / 1000;
    this.#shortestEvaluation = Math.min(this.#shortestEvaluation ?? Infinity, this.#lastEvaluation);
    const { epoch } = record;
    const checkpoint = checkpointOf(this.uid, epoch, snapshot);
    const event = last ? this.#newEvent('finished', endWords(epoch, stop), epoch) : null;
    const patch = event ? { state: 'finished' as const, addEvents: [event] } : {};
    if (!(await this.#write(() => this.log.appendEpoch(this.uid, record, checkpoint, patch))))
      return;
    const epochs = last ? epoch : this.status.epochs;
    this.status = { ...this.status, epoch, epochs, step: 0 };
    this.host.post({ type: 'epoch', uid: this.uid, record });
    if (event) this.host.post({ type: 'event', uid: this.uid, event });
    this.#report({});
  }

  /** Waits while paused; false when the run was stopped or given away. */
  async #mayGoOn(): Promise<boolean> {
    if (this.#wanted === 'pause' && this.status.state !== 'paused') {
      await this.#event('paused', `in epoch ${this.status.epoch + 1}`, 'paused');
    }
    while (this.#wanted === 'pause') {
      this.#report({ state: 'paused', detail: 'paused', secondsLeft: null });
      await this.#woken();
    }
    if (this.#wanted === 'release') return false;
    if (this.#wanted === 'stop') {
      if (this.status.epoch < this.status.epochs) {
        await this.#event('stopped', `in epoch ${this.status.epoch + 1}`, 'stopped');
      }
      return false;
    }
    if (this.#wanted === 'run' && this.status.state === 'paused') {
      await this.#event('resumed', `in epoch ${this.status.epoch + 1}`, 'running');
      this.#report({ state: 'training', detail: 'training' });
    }
    return true;
  }

  /**
   * Carries a change of the store out. While storage is full it makes room by old checkpoints, then
   * waits with the change in hand until the visitor has made room.
   *
   * @returns false when the run was stopped or given away meanwhile: nothing was written.
   */
  async #write(change: () => Promise<void>): Promise<boolean> {
    let waited: RunEvent | null = null;
    for (;;) {
      if (this.released) return false;
      try {
        await change();
        break;
      } catch (error) {
        if (!isFull(error)) throw error;
        if (await this.#thin()) continue;
        // A stop that came before the disk was full would find nothing to wait for.
        if (this.#wanted === 'stop') return false;
        waited ??= this.#newEvent('paused', 'storage was full');
        await this.#waitForRoom(error.message);
      }
    }
    if (waited) await this.#tell([waited, this.#newEvent('resumed', 'there was room again')]);
    return true;
  }

  /** Drops a checkpoint that nobody trains from; false when there is none. */
  async #thin(): Promise<boolean> {
    const keep = new Set([...(await heldRuns()), this.uid]);
    const run = await this.log.thinCheckpoints(keep).catch(() => null);
    if (run !== null) this.host.post({ type: 'thinned', run });
    return run !== null;
  }

  async #waitForRoom(message: string): Promise<void> {
    this.host.post({ type: 'fault', kind: 'storage-full', message, uid: this.uid });
    const { state, detail, secondsLeft } = this.status;
    this.#wanted = 'pause';
    while (this.#wanted === 'pause') {
      const waiting = 'waiting for room in the browser’s storage';
      this.#report({ state: 'paused', detail: waiting, secondsLeft: null });
      await this.#woken();
    }
    this.#report({ state, detail, secondsLeft });
  }

  #woken(): Promise<void> {
    this.#heartbeat.rest();
    return new Promise((resolve) => (this.#wake = resolve));
  }

  async #keepError(error: unknown): Promise<void> {
    if (this.released) return;
    const { kind, message } = faultOf(error);
    const detail = message.slice(0, 500);
    // A run that lost its GPU has not ended: it was cut off and can go on.
    const kept =
      kind === 'gpu-lost' ? this.#event('device-lost', detail) : this.#failed(kind, detail);
    // The store may be what failed; the error that is on its way says more than a second one.
    await kept.catch(() => undefined);
  }

  #failed(kind: FaultKind, detail: string): Promise<void> {
    return this.#event(kind === 'gpu-error' ? 'device-lost' : 'error', detail, 'error');
  }

  async #event(kind: RunEvent['kind'], detail: string, state?: RunState): Promise<void> {
    await this.#tell([this.#newEvent(kind, detail)], state);
  }

  /** Writes events, and reports them. */
  async #tell(events: readonly RunEvent[], state?: RunState): Promise<void> {
    const change = { addEvents: events, ...(state ? { state } : {}) };
    if (!(await this.#write(() => this.log.updateHead(this.uid, change)))) return;
    for (const event of events) this.host.post({ type: 'event', uid: this.uid, event });
  }

  #newEvent(kind: RunEvent['kind'], detail: string, epoch = this.status.epoch): RunEvent {
    return { kind, epoch, at: new Date().toISOString(), detail };
  }

  #want(wanted: Wanted): void {
    if (!this.released) this.#wanted = wanted;
    this.#wake?.();
    this.#wake = null;
  }

  #report(change: Partial<Status>): void {
    this.status = { ...this.status, ...change };
    this.#reportedAt = performance.now();
    this.host.post({ type: 'status', status: this.status });
  }
}
