import type { SearchData } from '../data/search-data';
import { openDevice, type Device, type TestMemory, type WasmPaths } from '../engine/device';
import { planMemory } from '../engine/memory-plan';
import type { EffectiveConfig, RunConfig } from '../paper/config';
import { deviations } from '../paper/deviations';
import { configFor } from '../paper/experiment/config';
import { scaleByName } from '../paper/scale';
import { resolveStandAlone } from '../paper/stand-alone';
import type { Store } from '../store/database';
import { StorageError } from '../store/error';
import { holdLock, runLock } from '../store/lock';
import { MemoryLog, type RunLog } from '../store/run-log';
import { configDigest } from '../trace/digest';
import { forkOf, forkRefusal } from '../trace/fork';
import { standAloneDigest } from '../trace/stand-alone';
import type { RunHead } from '../trace/types';
import { without } from '../trace/without';
import { CellEstimator } from './cell-estimate';
import { CellSession } from './cell-session';
import { DataGate, type DataPort } from './data-gate';
import { checkpointOf } from './checkpoint';
import { environmentOf } from './environment';
import { faultOf, MemoryRefusal } from './fault';
import { branchHead, deviceRefusal, ForkError, stateAfter } from './fork';
import { isLostGpu, MOST_LOSSES, reviveGpu } from './gpu-revival';
import { askFor } from './handover';
import { measure, type Measurement } from './measure';
import { memoryRefusal } from './memory-refusal';
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
import { RunSession, type RunOrigin } from './session';
import { storedTests } from './stored-tests';

/** Time for another tab to finish its step or its evaluation and let a run go, in milliseconds. */
const HANDOVER = 20_000;

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
  #device: Device | null = null;
  #choice: BackendChoice = 'auto';
  #opening: Promise<Device> | null = null;
  #store: Promise<Store> | null = null;
  readonly #memory = new MemoryLog();
  #session: RunSession | CellSession | null = null;
  #busy = false;
  #stopped = false;
  readonly #data: DataGate;
  readonly #measurements = new Map<string, Measurement>();
  readonly #cells = new CellEstimator();

  constructor(private readonly host: TrainerHost) {
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
    if (this.#busy && choice !== this.#choice) {
      throw new Error('The backend cannot be changed while a run trains.');
    }
    if (choice !== this.#choice && !this.#busy) this.#forgetDevice();
    this.#choice = choice;
    const { name, adapter, why, code, distrusted } = await this.#ready();
    this.host.post({ type: 'opened', backend: name, adapter, why, code, distrusted });
    if (!this.#busy) this.#status(IDLE);
  }

  async #ready(): Promise<Device> {
    if (this.#device) return this.#device;
    this.#opening ??= openDevice(this.#choice, this.host.wasmPaths, this.#testMemory());
    try {
      this.#device = await this.#opening;
      return this.#device;
    } finally {
      this.#opening = null;
    }
  }

  #testMemory(): TestMemory {
    const failed = () => (this.#store = null);
    return storedTests(this.host.build, () => this.#openStore(), failed);
  }

  #openStore(): Promise<Store> {
    this.#store ??= this.host.openStore();
    return this.#store;
  }

  /** Where runs are kept: in memory where the browser keeps nothing, which the page is told. */
  async #openLog(): Promise<RunLog> {
    try {
      return await this.#openStore();
    } catch (error) {
      this.#store = null;
      // A newer version of the app has the store: a reload helps, and the runs in it are safe.
      if (!(error instanceof StorageError) || error.kind === 'blocked') throw error;
      this.host.post({ type: 'unkept', reason: error.message });
      return this.#memory;
    }
  }

  #forgetDevice(): void {
    this.#device?.close();
    this.#device = null;
    this.#measurements.clear();
    this.#cells.forget();
  }

  async #estimate(id: number, settings: TrainSettings): Promise<void> {
    const refuse = (refusal: string): Estimate => ({
      id,
      seconds: 0,
      stepSeconds: 0,
      bytes: 0,
      recompute: false,
      download: 0,
      refusal,
    });
    let estimate: Estimate;
    try {
      estimate = this.#busy
        ? refuse('The trainer is at work; the estimate follows when it is done.')
        : await this.#measured(id, settings);
    } catch (error) {
      estimate = refuse(faultOf(error).message);
    }
    this.host.post({ type: 'estimate', estimate });
  }

  async #measured(id: number, settings: TrainSettings): Promise<Estimate> {
    const { effective } = configFor(settings);
    const device = await this.#ready();
    const { seconds, stepSeconds, bytes, tensor } = await this.#measure(device, effective);
    const { resolution, images } = effective.scale;
    const download = await this.#data.search.downloadSize({ resolution, images });
    // Labels and pixels of both halves, as bytes.
    const data = 2 * images * (resolution * resolution * 3 + 1);
    const refusal = memoryRefusal(device, bytes, tensor);
    const { recompute } = planMemory(effective, device);
    return { id, seconds, stepSeconds, bytes: bytes + data, recompute, download, refusal };
  }

  async #measure(device: Device, config: EffectiveConfig): Promise<Measurement> {
    const { method, space, ops, scale, warmup, epochs, eta, options, hessian } = config;
    const key = JSON.stringify([method, space, ops, scale, warmup, epochs, eta, options, hessian]);
    let known = this.#measurements.get(key);
    if (!known) {
      known = await measure(device, config);
      this.#measurements.set(key, known);
    }
    return known;
  }

  async #estimateCells(id: number, order: CellOrder): Promise<void> {
    const none = { id, seconds: 0, bytes: 0, download: 0, refusal: null, failure: null };
    let estimate: CellEstimate;
    try {
      estimate = this.#busy
        ? { ...none, failure: 'The trainer is at work; the estimate follows when it is done.' }
        : { ...none, ...(await this.#cells.estimate(await this.#ready(), this.#data, order)) };
    } catch (error) {
      const { kind, message } = faultOf(error);
      // A wrong order stays wrong; a server or a GPU may come back.
      const isFinal = kind === 'config';
      estimate = isFinal ? { ...none, refusal: message } : { ...none, failure: message };
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
    this.#forgetDevice();
    const { wasmPaths, build, post } = this.host;
    const open = () => openDevice(backend, wasmPaths, this.#testMemory());
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
    if (kind === 'storage' || kind === 'outdated') this.#store = null;
    if (kind === 'gpu-lost' || kind === 'gpu-error') this.#forgetDevice();
    const uid = this.#session?.uid ?? null;
    const last = this.#session?.status ?? IDLE;
    this.host.post({ type: 'fault', kind, message, uid });
    this.#status({ ...last, state: 'error', detail: message, queue: [], secondsLeft: null });
  }

  async #trainAll(settings: TrainSettings, seeds: readonly number[], name: string): Promise<void> {
    const log = await this.#openLog();
    const config = configFor(settings);
    const device = await this.#ready();
    const detail = 'measuring time and memory';
    this.#status({ ...IDLE, state: 'preparing', detail });
    const { bytes, tensor } = await this.#measure(device, config.effective);
    const refusal = memoryRefusal(device, bytes, tensor);
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
    const log = await this.#openLog();
    const found = await log.readHead(uid);
    if (!found) throw new Error(`There is no run ${uid} in this browser.`);
    const data = await this.#imagesOf(found);
    await this.#ready();
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
    const log = await this.#openLog();
    const found = await log.readHead(uid);
    if (!found) throw new ForkError(`There is no run ${uid} in this browser.`);
    const run = { ...without(found, 'epochCount'), epochs: await log.readEpochs(uid) };
    const refusal = forkRefusal(run, run.epochs.length, epoch);
    if (refusal !== null) throw new ForkError(`The run ${refusal}.`);
    if ((await configDigest(run)) !== run.configDigest) {
      throw new ForkError('The run was made under an older version of the science.');
    }
    const device = await this.#ready();
    const wrong = deviceRefusal(run.environment, device);
    if (wrong !== null) throw new ForkError(wrong);
    const { bytes, largest } = planMemory(run.config.effective, device);
    const tooLarge = memoryRefusal(device, bytes, largest);
    if (tooLarge) throw new MemoryRefusal(tooLarge);
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
    const store = await this.#openStore();
    const scale = scaleByName(order.scale);
    const config = resolveStandAlone(order.schedule, scale, order.space ?? null);
    const { refusal } = this.#cells.memory(await this.#ready(), config, order.cells);
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
      const device = await this.#ready();
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
        this.#forgetDevice();
        this.#device = await reviveGpu(device, error, () =>
          openDevice('webgpu', this.host.wasmPaths, this.#testMemory()),
        );
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
    const environment = environmentOf(await this.#ready(), this.host.build);
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
