import type { StandAloneData } from '../data/stand-alone-data';
import type { Device } from '../engine/device';
import { stepsOf } from '../engine/epoch-plan';
import type { TrainingSnapshot } from '../engine/evaluation/training';
import { median } from '../paper/statistics';
import { TEST_IMAGES, type StandAloneConfig } from '../paper/stand-alone';
import type { Store } from '../store/database';
import { cellKey, type CellCheckpoint } from '../store/stored-cell';
import { standAloneDigest, type StandAloneEpoch } from '../trace/stand-alone';
import type { Environment } from '../trace/types';
import { isSameDevice } from './environment';
import { onAskedFor } from './handover';
import { requireFinite } from './loop';
import { CELL_LOCK, IDLE, type CellTask, type Report, type Status } from './protocol';
import { trainCell, type StandAloneProgress } from './stand-alone-loop';

interface SessionHost {
  readonly post: (report: Report) => void;
  readonly breathe: () => Promise<void>;
}

/** Everything that the cells of an order share. */
export interface CellCourse {
  readonly config: StandAloneConfig;
  readonly data: StandAloneData;
  readonly device: Device;
  readonly environment: Environment;
}

/** What the training of a cell has come to. */
type Standing = Pick<CellCheckpoint, 'arch' | 'seconds' | 'epochs'>;

/** Reports of progress, at most one in this many milliseconds. */
const REPORT_EVERY = 100;
/** Steps behind the median of their time. */
const TIMES = 64;
/** A forward pass in steps, for the time that the test will take. */
const FORWARD = 1 / 3;

/**
 * Trains cells one after the other: pulls the training loop, writes every epoch with its checkpoint
 * and the result at the end, and answers pause and stop between two steps. Its host holds the lock of
 * cells.
 */
export class CellSession {
  readonly uid = null;
  status: Status;
  /** Whether an epoch, or a cell, was finished. */
  advanced = false;
  /** `release`: another tab takes the cells over. */
  #wanted: 'run' | 'pause' | 'stop' | 'release' = 'run';
  #wake: (() => void) | null = null;
  #reportedAt = 0;
  readonly #steps: number;
  readonly #times: number[] = [];

  constructor(
    private readonly host: SessionHost,
    private readonly store: Store,
    private readonly course: CellCourse,
    private readonly tasks: readonly CellTask[],
  ) {
    const { config } = course;
    this.#steps = stepsOf(config);
    const detail = 'building the network';
    this.status = { ...IDLE, state: 'preparing', detail, stepsPerEpoch: this.#steps };
  }

  pause(): void {
    if (this.#wanted === 'run') this.#want('pause');
  }

  resume(): void {
    if (this.#wanted === 'pause') this.#want('run');
  }

  stop(): void {
    this.#want('stop');
  }

  /** Whether another tab has asked for the cells. */
  get released(): boolean {
    return this.#wanted === 'release';
  }

  /** Trains to the end, to a stop, or to an error, which is thrown on. */
  async run(): Promise<void> {
    const stopListening = onAskedFor(CELL_LOCK, () => this.#want('release'));
    try {
      const { config, data } = this.course;
      const configDigest = await standAloneDigest(config, data.identity);
      for (const [at, task] of this.tasks.entries()) {
        if (this.#isOver) return;
        await this.#carryOut(task, configDigest, this.tasks.length - at - 1);
      }
    } finally {
      stopListening();
    }
  }

  get #isOver(): boolean {
    return this.#wanted === 'stop' || this.#wanted === 'release';
  }

  async #carryOut(task: CellTask, configDigest: string, after: number): Promise<void> {
    const key = cellKey({ ...task, configDigest });
    const known = await this.store.cells.find(key);
    if (known !== null) {
      this.host.post({ type: 'cell', task, result: known, reused: true });
      return;
    }
    const checkpoint = await this.store.cells.readCheckpoint(key);
    // Another device rounds otherwise: what it left is begun anew, so that a result is all of one.
    const isOwn = checkpoint && isSameDevice(checkpoint.environment, this.course.environment);
    const from = isOwn ? checkpoint : null;
    await this.#train(task, configDigest, after, from);
  }

  async #train(
    task: CellTask,
    configDigest: string,
    after: number,
    from: CellCheckpoint | null,
  ): Promise<void> {
    const { config, data, device } = this.course;
    const standing: Standing = from ?? { arch: task.arch, seconds: 0, epochs: [] };
    const epoch = standing.epochs.length;
    this.#report({
      state: 'preparing',
      detail: 'building the network',
      cell: { ...task, after },
      seed: task.seed,
      epoch,
      epochs: config.epochs,
      step: 0,
    });
    const loop = trainCell({
      arch: standing.arch,
      seed: task.seed,
      config,
      data,
      device,
      from: from && { epoch, snapshot: snapshotOf(from) },
      compiling: (share) => {
        const detail = `compiling for the GPU: ${Math.floor(100 * share)} %`;
        this.#report({ detail: share < 1 ? detail : 'training' });
      },
    });
    await this.#pull(loop, task, configDigest, standing);
  }

  async #pull(
    loop: AsyncIterable<StandAloneProgress>,
    task: CellTask,
    configDigest: string,
    { arch, seconds: before, epochs: first }: Standing,
  ): Promise<void> {
    const { config, data, environment } = this.course;
    const { seed } = task;
    const epochs: StandAloneEpoch[] = [...first];
    let seconds = before;
    let since = performance.now();
    for await (const told of loop) {
      const now = performance.now();
      const elapsed = (now - since) / 1000;
      seconds += elapsed;
      if (told.type === 'step') this.#stepDone(told.epoch, told.step, elapsed);
      else if (told.type === 'epoch') {
        epochs.push(told.record);
        const { weights, momentum, running } = await told.snapshot();
        requireFinite(weights, `a weight after epoch ${told.record.epoch}`);
        const tensors = { weights, momentum, running };
        const state = { arch, seed, configDigest, environment, seconds, epochs, tensors };
        await this.store.cells.putCheckpoint(state);
        this.advanced = true;
        this.host.post({ type: 'cell-epoch', task, record: told.record });
        this.#report({ epoch: told.record.epoch, step: 0 });
      } else if (told.type === 'testing') this.#report({ detail: 'testing on the test images' });
      else {
        const result = {
          arch,
          seed,
          config,
          configDigest,
          data: data.identity,
          environment,
          createdAt: new Date().toISOString(),
          seconds,
          epochs,
          testLoss: told.loss,
          testAccuracy: told.accuracy,
        };
        await this.store.cells.put(result);
        this.host.post({ type: 'cell', task, result, reused: false });
        return;
      }
      await this.host.breathe();
      if (!(await this.#mayGoOn())) return;
      since = performance.now();
    }
  }

  #stepDone(epoch: number, step: number, seconds: number): void {
    this.#times.push(seconds);
    if (this.#times.length > TIMES) this.#times.shift();
    const stepSeconds = median(this.#times);
    const { epochs, cell } = this.status;
    const test = FORWARD * (TEST_IMAGES / this.course.config.batch);
    const left = (epochs - epoch + 1) * this.#steps - step + test;
    const others = cell!.after * (epochs * this.#steps + test);
    const change = {
      state: 'training',
      step,
      stepSeconds,
      secondsLeft: stepSeconds * (left + others),
      detail: `epoch ${epoch} of ${epochs}`,
    } as const;
    const due = performance.now() - this.#reportedAt > REPORT_EVERY;
    if (due || this.#wanted !== 'run' || this.status.state !== 'training') this.#report(change);
    else this.status = { ...this.status, ...change };
  }

  /** Waits while paused; false when training shall stop. */
  async #mayGoOn(): Promise<boolean> {
    const { state, detail } = this.status;
    while (this.#wanted === 'pause') {
      this.#report({ state: 'paused', detail: 'paused', secondsLeft: null });
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.status.state === 'paused' && this.#wanted === 'run') this.#report({ state, detail });
    return !this.#isOver;
  }

  #want(wanted: 'run' | 'pause' | 'stop' | 'release'): void {
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

function snapshotOf({ arch, tensors }: CellCheckpoint): TrainingSnapshot {
  const { weights, momentum, running } = tensors;
  if (!weights || !momentum || !running) throw new Error(`The checkpoint of ${arch} is torn.`);
  return { weights, momentum, running };
}
