import { stepsOf } from '../engine/epoch-plan';
import { median } from '../paper/statistics';
import { TEST_IMAGES } from '../paper/stand-alone';
import type { Store } from '../store/database';
import { cellKey, type CellCheckpoint } from '../store/stored-cell';
import { trainToResult, type CellCourse, type CellProgress, type CellState } from './cell-training';
import { onAskedFor } from './handover';
import { CELL_LOCK, IDLE, type CellTask, type Report, type Status } from './protocol';

interface SessionHost {
  readonly post: (report: Report) => void;
  readonly breathe: () => Promise<void>;
}

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
      for (const [at, task] of this.tasks.entries()) {
        if (this.#isOver) return;
        await this.#carryOut(task, this.tasks.length - at - 1);
      }
    } finally {
      stopListening();
    }
  }

  get #isOver(): boolean {
    return this.#wanted === 'stop' || this.#wanted === 'release';
  }

  /** @param after tasks that follow */
  async #carryOut(task: CellTask, after: number): Promise<void> {
    const key = cellKey({ ...task, configDigest: this.course.configDigest });
    const known = await this.store.cells.find(key);
    if (known !== null) {
      this.host.post({ type: 'cell', task, result: known, reused: true });
      return;
    }
    const checkpoint = await this.store.cells.readCheckpoint(key);
    const kept = checkpoint && stateOf(checkpoint);
    const loop = trainToResult(this.course, task, kept, (share) => {
      const detail = `compiling for the GPU: ${Math.floor(100 * share)} %`;
      this.#report({ detail: share < 1 ? detail : 'training' });
    });
    for await (const told of loop) {
      await this.#take(told, task, after);
      if (told.type === 'result') return;
      await this.host.breathe();
      if (!(await this.#mayGoOn())) return;
    }
  }

  async #take(told: CellProgress, task: CellTask, after: number): Promise<void> {
    switch (told.type) {
      case 'begin':
        return this.#report({
          state: 'preparing',
          detail: 'building the network',
          cell: { ...task, after },
          seed: task.seed,
          epoch: told.epochs,
          epochs: this.course.config.epochs,
          step: 0,
        });
      case 'step':
        return this.#stepDone(told.epoch, told.step, told.seconds);
      case 'epoch':
        await this.store.cells.putCheckpoint(checkpointOf(await told.state()));
        this.advanced = true;
        this.host.post({ type: 'cell-epoch', task, record: told.record });
        return this.#report({ epoch: told.record.epoch, step: 0 });
      case 'testing':
        return this.#report({ detail: 'testing on the test images' });
      case 'result':
        await this.store.cells.put(told.result);
        return this.host.post({ type: 'cell', task, result: told.result, reused: false });
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

function checkpointOf({ snapshot, ...state }: CellState): CellCheckpoint {
  const { weights, momentum, running } = snapshot;
  return { ...state, tensors: { weights, momentum, running } };
}

function stateOf({ tensors, ...state }: CellCheckpoint): CellState {
  const { weights, momentum, running } = tensors;
  if (!weights || !momentum || !running) {
    throw new Error(`The checkpoint of ${state.arch} is torn.`);
  }
  return { ...state, snapshot: { weights, momentum, running } };
}
