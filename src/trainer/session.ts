import type { SearchData } from '../data/search-data';
import type { Device } from '../engine/device';
import type { SearchSnapshot } from '../engine/snapshot';
import { METHOD_FACTS } from '../paper/method/registry';
import { endWords } from '../paper/stop/early-stop';
import type { Checkpoint } from '../store/checkpoint';
import type { Store } from '../store/database';
import { jointAlphas } from '../trace/bench-run';
import { liveAt, type Live } from '../trace/toggle';
import type { RunEvent, RunHead, RunState, Toggle } from '../trace/types';
import { faultOf } from './fault';
import { holdLock } from './lock';
import { trainRun, type ResumePoint, type RunProgress } from './loop';
import type { LiveChange, Report, Status } from './protocol';

export interface RunOrigin {
  readonly head: RunHead;
  /** Null for a new run. */
  readonly from: Checkpoint | null;
}

type EpochProgress = Extract<RunProgress, { type: 'epoch' }>;

interface SessionHost {
  readonly post: (report: Report) => void;
  readonly breathe: () => Promise<void>;
}

/** Reports of progress, at most one in this many milliseconds. */
const REPORT_EVERY = 100;

/**
 * One run being trained: pulls the run loop, writes every epoch with its checkpoint, and answers
 * pause, step, stop and changes between two steps.
 */
export class RunSession {
  status: Status;
  #toggles: Toggle[];
  #pending: LiveChange = {};
  #live: Live;
  #wanted: 'run' | 'pause' | 'step' | 'stop' = 'run';
  #wake: (() => void) | null = null;
  #reportedAt = 0;
  #evaluationSeconds = 0;
  readonly #times: number[] = [];

  constructor(
    private readonly host: SessionHost,
    private readonly store: Store,
    private readonly device: Device,
    private readonly data: SearchData,
    private readonly origin: RunOrigin,
    queue: readonly number[],
  ) {
    const { head, from } = origin;
    const { effective } = head.config;
    const epoch = from?.epoch ?? 0;
    this.#toggles = [...head.toggles];
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
    for (const key of ['swap', 'l2', 'frozen'] as const) {
      if (next[key] === undefined || next[key] === this.#live[key]) delete next[key];
    }
    // What a method has no use for cannot change.
    if (!METHOD_FACTS[this.origin.head.config.effective.method].l2) delete next.l2;
    this.#pending = next;
    this.#report({ pending: next });
  }

  /** Trains to the end, to a stop, or to an error, which is stored with the run and thrown on. */
  async run(): Promise<void> {
    const refusal = 'This run is training in another tab.';
    await holdLock(`alphascope-run-${this.uid}`, refusal, () => this.#run());
  }

  async #run(): Promise<void> {
    const { head, from } = this.origin;
    const loop = trainRun({
      seed: head.seed,
      config: head.config,
      data: this.data,
      device: this.device,
      from: from && (await this.#resumePoint(from)),
      toggles: (epoch) => this.#togglesFor(epoch),
      compiling: (share) =>
        this.#report({
          detail: share < 1 ? `compiling for the GPU: ${Math.floor(100 * share)} %` : 'training',
        }),
    });
    try {
      for await (const progress of loop) {
        switch (progress.type) {
          case 'ready':
            await this.#begin(progress.snapshot);
            break;
          case 'epoch-start':
            await this.#startEpoch(progress.epoch, progress.live);
            break;
          case 'step':
            this.#stepDone(progress.epoch, progress.step, progress.seconds);
            if (progress.alpha) {
              const { epoch, step, alpha } = progress;
              this.host.post({ type: 'snapshot', uid: this.uid, epoch, step, alpha });
            }
            if (this.#wanted === 'step') this.#wanted = 'pause';
            break;
          case 'evaluating':
            this.#evaluationSeconds = performance.now();
            break;
          case 'epoch':
            await this.#endEpoch(progress);
            if (progress.last) return;
            break;
        }
        await this.host.breathe();
        if (!(await this.#mayGoOn())) return;
      }
    } catch (error) {
      await this.#keepError(error);
      throw error;
    }
  }

  async #resumePoint(checkpoint: Checkpoint): Promise<ResumePoint> {
    const records = await this.store.readEpochs(this.uid);
    const { epoch } = checkpoint;
    return { epoch, alphas: jointAlphas(records), snapshot: snapshotOf(checkpoint) };
  }

  async #begin(snapshot: SearchSnapshot): Promise<void> {
    const { head, from } = this.origin;
    if (!from) {
      await this.store.createRun(head, checkpointOf(this.uid, 0, snapshot));
      this.host.post({ type: 'run', head });
    } else {
      const cut = head.state === 'running' || head.state === 'paused';
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
    if (Object.keys(this.#pending).length > 0) {
      const kept = this.#toggles.filter(({ fromEpoch }) => fromEpoch < epoch);
      const same = this.#toggles.find(({ fromEpoch }) => fromEpoch === epoch);
      this.#toggles = [...kept, { ...same, ...this.#pending, fromEpoch: epoch }];
    }
    return this.#toggles;
  }

  async #startEpoch(epoch: number, live: Live): Promise<void> {
    const changes = Object.entries(this.#pending).map(([key, value]) => {
      const before = this.#live[key as keyof Live];
      return `${key}: ${String(before)} -> ${String(value)}`;
    });
    this.#pending = {};
    this.#live = live;
    if (changes.length > 0) {
      const event = this.#newEvent('toggle', `${changes.join(', ')}, from epoch ${epoch}`);
      await this.store.updateHead(this.uid, { toggles: this.#toggles, addEvents: [event] });
      this.host.post({ type: 'event', uid: this.uid, event });
    }
    this.#report({ live, pending: {}, step: 0 });
  }

  #stepDone(epoch: number, step: number, seconds: number): void {
    this.#times.push(seconds);
    if (this.#times.length > 64) this.#times.shift();
    const stepSeconds = this.#times.toSorted((a, b) => a - b)[this.#times.length >> 1]!;
    const { epochs, stepsPerEpoch, queue } = this.status;
    const perEpoch = stepsPerEpoch * stepSeconds + this.#lastEvaluation;
    const left = (epochs - epoch) * perEpoch + (stepsPerEpoch - step) * stepSeconds;
    const due = performance.now() - this.#reportedAt > REPORT_EVERY;
    this.status = {
      ...this.status,
      step,
      stepSeconds,
      secondsLeft: left + queue.length * epochs * perEpoch,
      detail: `epoch ${epoch} of ${epochs}`,
    };
    if (due || this.#wanted !== 'run') this.#report({});
  }

  #lastEvaluation = 0;

  async #endEpoch({ record, snapshot, last, stop }: EpochProgress): Promise<void> {
    this.#lastEvaluation = (performance.now() - this.#evaluationSeconds) / 1000;
    const { epoch } = record;
    const checkpoint = checkpointOf(this.uid, epoch, snapshot);
    const event = last ? this.#newEvent('finished', endWords(epoch, stop), epoch) : null;
    await this.store.appendEpoch(this.uid, record, checkpoint, {
      ...(event ? { state: 'finished' as const, addEvents: [event] } : {}),
    });
    const epochs = last ? epoch : this.status.epochs;
    this.status = { ...this.status, epoch, epochs, step: 0 };
    this.host.post({ type: 'epoch', uid: this.uid, record });
    if (event) this.host.post({ type: 'event', uid: this.uid, event });
    this.#report({});
  }

  /** Waits while paused; false when the run was stopped. */
  async #mayGoOn(): Promise<boolean> {
    if (this.#wanted === 'pause' && this.status.state !== 'paused') {
      await this.#event('paused', `in epoch ${this.status.epoch + 1}`, 'paused');
    }
    while (this.#wanted === 'pause') {
      this.#report({ state: 'paused', detail: 'paused', secondsLeft: null });
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
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

  async #keepError(error: unknown): Promise<void> {
    const { kind, message } = faultOf(error);
    const lost = kind === 'gpu-lost' || kind === 'gpu-error';
    // The store may be what failed; the error that is on its way says more than a second one.
    await this.#event(lost ? 'device-lost' : 'error', message.slice(0, 500), 'error').catch(
      () => undefined,
    );
  }

  async #event(kind: RunEvent['kind'], detail: string, state?: RunState): Promise<void> {
    const event = this.#newEvent(kind, detail);
    await this.store.updateHead(this.uid, { addEvents: [event], ...(state ? { state } : {}) });
    this.host.post({ type: 'event', uid: this.uid, event });
  }

  #newEvent(kind: RunEvent['kind'], detail: string, epoch = this.status.epoch): RunEvent {
    return { kind, epoch, at: new Date().toISOString(), detail };
  }

  #want(wanted: 'run' | 'pause' | 'step' | 'stop'): void {
    this.#wanted = wanted;
    this.#wake?.();
    this.#wake = null;
  }

  #report(change: Partial<Status>): void {
    this.status = { ...this.status, ...change };
    this.#reportedAt = performance.now();
    this.host.post({ type: 'status', status: this.status });
  }
}

function checkpointOf(uid: string, epoch: number, snapshot: SearchSnapshot): Checkpoint {
  const { alphaSteps, ...tensors } = snapshot;
  return { uid, epoch, tensors, scalars: { alphaSteps } };
}

function snapshotOf({ uid, epoch, tensors, scalars }: Checkpoint): SearchSnapshot {
  const tensor = (name: string): Float32Array => {
    const values = tensors[name];
    if (!values) throw new Error(`The checkpoint of run ${uid}, epoch ${epoch}, lacks ${name}.`);
    return values;
  };
  return {
    weights: tensor('weights'),
    momentum: tensor('momentum'),
    alpha: tensor('alpha'),
    first: tensor('first'),
    second: tensor('second'),
    alphaSteps: scalars.alphaSteps ?? 0,
  };
}
