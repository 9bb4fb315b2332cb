import type { SearchData } from '../data/search-data';
import type { Device, WasmPaths } from '../engine/device';
import type { RunConfig } from '../paper/config';
import { deviations } from '../paper/deviations';
import { configFor } from '../paper/experiment/config';
import { scaleByName } from '../paper/scale';
import { resolveStandAlone } from '../paper/stand-alone';
import type { Store } from '../store/database';
import { holdLock, runLock } from '../store/lock';
import type { RunLog } from '../store/run-log';
import { configDigest } from '../trace/digest';
import { forkOf } from '../trace/fork';
import { standAloneDigest } from '../trace/stand-alone';
import type { RunHead } from '../trace/types';
import { without } from '../trace/without';
import { CellEstimator } from './cell-estimate';
import { CellSession } from './cell-session';
import { DataGate, type DataPort } from './data-gate';
import { checkpointOf } from './checkpoint';
import { environmentOf } from './environment';
import { DeviceGate } from './device-gate';
import { estimateFault, faultOf } from './fault';
import { branchHead, ForkError, requireForkable, requireOwnDevice, stateAfter } from './fork';
import { isLostGpu, MOST_LOSSES } from './gpu-revival';
import { askFor } from './handover';
import { MemoryRefusal } from './memory-refusal';
import {
  CELL_LOCK,
  IDLE,
  type BackendChoice,
  type BenchRequest,
  type CellEstimate,
  type CellOrder,
  type Command,
  type Estimate,
  type ForkRequest,
  type Holder,
  type Report,
  type Status,
  type TrainSettings,
} from './protocol';
import { RunEstimator } from './run-estimate';
import { RunSession, type RunOrigin } from './session';
import { StoreGate } from './store-gate';

/** Time for another tab to finish its step or its evaluation and let a run go, in milliseconds. */
const HANDOVER = 20_000;

const BUSY = 'The trainer is at work; the estimate follows when it is done.';

/** What a trainer needs of its host: a browser worker, Node, or a test. */
export interface TrainerHost {
  readonly post: (report: Report) => void;
  readonly openStore: () => Promise<Store>;
  readonly data: DataPort;
  readonly wasmPaths: WasmPaths;
  /** Version and commit of the app. */
  readonly build: string;
  /** Lets waiting messages in between two steps; never a timer that a hidden tab slows down. */
  readonly breathe: () => Promise<void>;
}

/**
 * Trains runs one after the other, on command. Speaks the protocol of `protocol.ts` and never
 * throws: whatever goes wrong becomes a `fault` report and the state `error`.
 */
export class Trainer {
  #session: RunSession | CellSession | null = null;
  #busy = false;
  #stopped = false;
  readonly #store: StoreGate;
  readonly #device: DeviceGate;
  readonly #data: DataGate;
  readonly #runs = new RunEstimator();
  readonly #cells = new CellEstimator();

  constructor(private readonly host: TrainerHost) {
    const unkept = (reason: string) => host.post({ type: 'unkept', reason });
    this.#store = new StoreGate(() => host.openStore(), host.build, unkept);
    this.#device = new DeviceGate(host.wasmPaths, this.#store.tests);
    this.#data = new DataGate(host.data);
  }

  async handle(command: Command): Promise<void> {
    switch (command.type) {
      case 'open':
        return this.#guard(() => this.#open(command.backend));
      case 'estimate':
        return this.#estimate(command.id, command.settings);
      case 'train':
        return this.#work(() => this.#trainAll(command.settings, command.seeds, command.name));
      case 'continue':
        return this.#work(() => this.#continue(command.uid, command.holder ?? 'nobody'));
      case 'fork':
        return this.#work(() => this.#fork(command));
      case 'estimate-cells':
        return this.#estimateCells(command.id, command);
      case 'train-cells':
        return this.#work(() => this.#trainCells(command));
      case 'pause':
        return this.#session?.pause();
      case 'resume':
        return this.#session?.resume();
      case 'step':
        return this.#run?.step();
      case 'stop':
        this.#stopped = true;
        return this.#session?.stop();
      case 'change':
        return this.#run?.change(command.change);
      case 'images':
        return this.#adopt(command.files);
      case 'bench':
        return this.#alone(() => this.#bench(command));
    }
  }

  /** What is in training, where it is a run. */
  get #run(): RunSession | null {
    return this.#session instanceof RunSession ? this.#session : null;
  }

  async #adopt(files: readonly File[]): Promise<void> {
    let answer: { stored: number; refusal: string | null };
    try {
      answer = { stored: await this.#data.adopt(files), refusal: null };
    } catch (error) {
      answer = { stored: 0, refusal: faultOf(error).message };
    }
    this.host.post({ type: 'images', ...answer });
  }

  async #open(choice: BackendChoice): Promise<void> {
    if (this.#busy && choice !== this.#device.choice) {
      throw new Error('The backend cannot be changed while a run trains.');
    }
    this.#device.choose(choice);
    const { name, adapter, why, code, distrusted } = await this.#device.open();
    this.host.post({ type: 'opened', backend: name, adapter, why, code, distrusted });
    if (!this.#busy) this.#status(IDLE);
  }

  async #estimate(id: number, settings: TrainSettings): Promise<void> {
    const nothing = { seconds: 0, stepSeconds: 0, bytes: 0, recompute: false, download: 0 };
    const none = { id, ...nothing, refusal: null, failure: null };
    let estimate: Estimate;
    try {
      if (this.#busy) throw new Error(BUSY);
      const device = await this.#device.open();
      estimate = { ...none, ...(await this.#runs.estimate(device, this.#data, settings)) };
    } catch (error) {
      estimate = { ...none, ...estimateFault(error) };
    }
    this.host.post({ type: 'estimate', estimate });
  }

  async #estimateCells(id: number, order: CellOrder): Promise<void> {
    const none = { id, seconds: 0, bytes: 0, download: 0, refusal: null, failure: null };
    let estimate: CellEstimate;
    try {
      if (this.#busy) throw new Error(BUSY);
      const device = await this.#device.open();
      estimate = { ...none, ...(await this.#cells.estimate(device, this.#data, order)) };
    } catch (error) {
      estimate = { ...none, ...estimateFault(error) };
    }
    this.host.post({ type: 'estimate-cells', estimate });
  }

  /** Runs a job of the trainer, one at a time, with its faults reported. */
  async #alone(job: () => Promise<void>): Promise<void> {
    if (this.#busy) {
      this.host.post({
        type: 'fault',
        kind: 'config',
        message: 'A run is training already; stop it first.',
        uid: null,
      });
      return;
    }
    this.#busy = true;
    this.#stopped = false;
    try {
      await job();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#session = null;
      this.#busy = false;
    }
  }

  #work(job: () => Promise<void>): Promise<void> {
    return this.#alone(async () => {
      this.#status({ ...IDLE, state: 'preparing', detail: 'preparing' });
      await job();
      const state = this.#stopped ? 'idle' : 'finished';
      // A run that was given away is not this trainer's any more.
      const last = this.#session?.status ?? IDLE;
      this.#status({
        ...last,
        state,
        detail: this.#stopped ? 'stopped' : 'finished',
        queue: [],
        secondsLeft: null,
      });
    });
  }

  async #bench({ backend, scale, rounds }: BenchRequest): Promise<void> {
    // Not part of what the trainer loads to start: it brings all of stock TensorFlow.js along.
    const { runBench } = await import('./bench-run');
    this.#device.close();
    const { build, post } = this.host;
    const open = () => this.#device.openAnew(backend);
    const report = (text: string) => post({ type: 'bench-progress', text });
    post({ type: 'bench', ...(await runBench({ scale, rounds, build, open, report })) });
  }

  async #guard(job: () => Promise<void>): Promise<void> {
    try {
      await job();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const { kind, message } = faultOf(error);
    if (kind === 'storage' || kind === 'outdated') this.#store.forget();
    if (kind === 'gpu-lost' || kind === 'gpu-error') this.#device.close();
    const uid = this.#session?.uid ?? null;
    const last = this.#session?.status ?? IDLE;
    this.host.post({ type: 'fault', kind, message, uid });
    this.#status({ ...last, state: 'error', detail: message, queue: [], secondsLeft: null });
  }

  async #trainAll(settings: TrainSettings, seeds: readonly number[], name: string): Promise<void> {
    const log = await this.#store.openLog();
    const config = configFor(settings);
    const device = await this.#device.open();
    const detail = 'measuring time and memory';
    this.#status({ ...IDLE, state: 'preparing', detail });
    const refusal = await this.#runs.refusal(device, config.effective);
    if (refusal) throw new MemoryRefusal(refusal);
    const data = await this.#load(config);
    for (const [position, seed] of seeds.entries()) {
      if (this.#stopped) return;
      const head = await this.#newHead(config, data, seed, name);
      const queue = seeds.slice(position + 1);
      await this.#holdRun(head.uid, () => this.#trainOne(log, data, { head, from: null }, queue));
    }
  }

  async #continue(uid: string, holder: Holder): Promise<void> {
    const log = await this.#store.openLog();
    const found = await log.readHead(uid);
    if (!found) throw new Error(`There is no run ${uid} in this browser.`);
    const data = await this.#imagesOf(found);
    await this.#device.open();
    this.#ask(uid, holder);
    await this.#holdRun(
      uid,
      // Read again under the lock: whoever held it may have gone on until now.
      async () => this.#trainOne(log, data, await this.#originOf(log, uid), []),
      holder,
    );
  }

  /** Trains the branches of a run, one after the other: what the visitor asked for comes first. */
  async #fork({ uid, epoch, change }: ForkRequest): Promise<void> {
    const log = await this.#store.openLog();
    const found = await log.readHead(uid);
    if (!found) throw new ForkError(`There is no run ${uid} in this browser.`);
    const run = { ...without(found, 'epochCount'), epochs: await log.readEpochs(uid) };
    await requireForkable(run, epoch);
    const device = await this.#device.open();
    requireOwnDevice(run, device);
    const data = await this.#imagesOf(run);
    const checkpoint = await log.readCheckpoint(uid);
    const state = await stateAfter({
      run,
      epoch,
      checkpoint,
      device,
      data,
      report: (at) => {
        const detail = `training epoch ${at} of the ${epoch} in common again`;
        this.#status({ ...IDLE, state: 'preparing', detail });
      },
      mayGoOn: async () => {
        await this.host.breathe();
        return !this.#stopped;
      },
    });
    if (state === null) return;
    const changed = await forkOf(run, epoch, change);
    const isChange = Object.keys(changed.fork.change).length > 0;
    const branches = [...(isChange ? [changed] : []), await forkOf(run, epoch, {})];
    for (const [position, branch] of branches.entries()) {
      if (this.#stopped) return;
      const head = branchHead(await this.#newHead(run.config, data, run.seed, run.name), branch);
      const from = checkpointOf(head.uid, epoch, state);
      const origin = { head, from, shared: run.epochs.slice(0, epoch) };
      const queue = branches.slice(position + 1).map(() => run.seed);
      await this.#holdRun(head.uid, () => this.#trainOne(log, data, origin, queue));
    }
  }

  /** The images of a stored run. @throws Error when those here are others */
  async #imagesOf({ config, data }: Pick<RunHead, 'config' | 'data'>): Promise<SearchData> {
    const loaded = await this.#load(config);
    if (loaded.identity.digest === data.digest) return loaded;
    throw new Error(
      'The images are not those that the run was trained on, so it cannot go on with them.',
    );
  }

  /** Where a stored run goes on. */
  async #originOf(log: RunLog, uid: string): Promise<RunOrigin> {
    const from = await log.rewindToCheckpoint(uid);
    const head = await log.readHead(uid);
    if (!head) throw new Error(`Run ${uid} was deleted.`);
    return { head: without(head, 'epochCount'), from };
  }

  async #trainCells({ holder = 'nobody', ...order }: CellOrder & { readonly holder?: Holder }) {
    if (order.cells.length === 0) return;
    const store = await this.#store.open();
    const scale = scaleByName(order.scale);
    const config = resolveStandAlone(order.schedule, scale, order.space ?? null);
    const { refusal } = this.#cells.memory(await this.#device.open(), config, order.cells);
    if (refusal) throw new MemoryRefusal(refusal);
    const data = await this.#data.standAlone.load(scale, this.#loading);
    const configDigest = await standAloneDigest(config, data.identity);
    this.#ask(CELL_LOCK, holder);
    const start = (device: Device) => {
      const environment = environmentOf(device, this.host.build);
      return new CellSession(
        this.host,
        store,
        { config, configDigest, data, device, environment },
        // Those that are done by now are found in the store.
        order.cells,
      );
    };
    const words = { what: 'The cells', busy: 'Cells are in training in another tab.' };
    await this.#hold(CELL_LOCK, words, () => this.#trainThrough(start), holder);
  }

  /** Asks another tab to let go of what it trains. */
  #ask(name: string, holder: Holder): void {
    if (holder !== 'tab') return;
    this.#status({ ...IDLE, state: 'preparing', detail: 'waiting for the other tab to let go' });
    askFor(name);
  }

  /** Lets no other tab train the run meanwhile. */
  #holdRun(uid: string, body: () => Promise<void>, holder: Holder = 'nobody'): Promise<void> {
    const words = { what: 'The run', busy: 'This run is in training in another tab.' };
    return this.#hold(runLock(uid), words, body, holder);
  }

  #hold(
    name: string,
    { what, busy }: { readonly what: string; readonly busy: string },
    body: () => Promise<void>,
    holder: Holder,
  ): Promise<void> {
    const kept = `The other tab did not let go. Close it; ${what.toLowerCase()} can be continued then.`;
    return holdLock(name, holder === 'tab' ? kept : busy, body, {
      patience: holder === 'tab' ? HANDOVER : undefined,
      seize: holder === 'ended',
    });
  }

  /** Trains a run to its end or to a stop. */
  #trainOne(
    log: RunLog,
    data: SearchData,
    first: RunOrigin,
    queue: readonly number[],
  ): Promise<void> {
    let origin: RunOrigin | null = first;
    return this.#trainThrough(async (device) => {
      const from = origin ?? (await this.#originOf(log, first.head.uid));
      origin = null;
      return new RunSession(this.host, log, device, data, from, queue);
    });
  }

  /**
   * Trains to the end or to a stop. A GPU that is lost is started again, and another session goes on
   * with what the last one has stored.
   */
  async #trainThrough(
    start: (device: Device) => RunSession | CellSession | Promise<RunSession>,
  ): Promise<void> {
    for (let losses = 1; ; losses++) {
      const device = await this.#device.open();
      // A stop may have come while images were loaded, or while another tab held the lock.
      if (this.#stopped) return;
      const session = await start(device);
      this.#session = session;
      try {
        await session.run();
        if (session.released) this.#giveAway(session.uid);
        return;
      } catch (error) {
        if (!isLostGpu(error)) throw error;
        if (session.advanced) losses = 1;
        if (losses > MOST_LOSSES || this.#stopped) throw error;
        this.host.post({ type: 'gpu-lost', message: error.message });
        const detail = `starting the GPU again (${losses} of ${MOST_LOSSES})`;
        this.#status({ ...session.status, state: 'preparing', detail, secondsLeft: null });
        await this.#device.revive(device, error);
      }
    }
  }

  /** Another tab trains this from here on; what was to follow here does not. */
  #giveAway(uid: string | null): void {
    this.#stopped = true;
    this.#session = null;
    this.host.post({ type: 'released', uid });
  }

  #load(config: RunConfig): Promise<SearchData> {
    return this.#data.search.load(config.effective.scale, this.#loading);
  }

  readonly #loading = (loaded: number, total: number): void => {
    const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
    const detail = `loading CIFAR-10: ${megabytes(loaded)} of ${megabytes(total)} MB`;
    this.#status({ ...IDLE, state: 'preparing', detail });
  };

  async #newHead(
    config: RunConfig,
    data: SearchData,
    seed: number,
    name: string,
  ): Promise<RunHead> {
    const environment = environmentOf(await this.#device.open(), this.host.build);
    const createdAt = new Date().toISOString();
    const detail = `seed ${seed} on ${environment.backend}`;
    return {
      uid: crypto.randomUUID(),
      name,
      seed,
      createdAt,
      state: 'running',
      config,
      configDigest: await configDigest({ config, data: data.identity }),
      deviations: deviations(config),
      environment,
      data: data.identity,
      toggles: [],
      events: [{ kind: 'started', epoch: 0, at: createdAt, detail }],
    };
  }

  #status(status: Status): void {
    this.host.post({ type: 'status', status });
  }
}
