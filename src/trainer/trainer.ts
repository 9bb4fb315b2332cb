import type { SearchData } from '../data/search-data';
import { openDevice, type Device, type TestMemory, type WasmPaths } from '../engine/device';
import { planMemory } from '../engine/memory-plan';
import type { EffectiveConfig, RunConfig } from '../paper/config';
import { deviations } from '../paper/deviations';
import { configFor } from '../paper/experiment/config';
import { scaleByName } from '../paper/scale';
import { resolveStandAlone } from '../paper/stand-alone';
import type { Store } from '../store/database';
import { configDigest } from '../trace/digest';
import type { RunHead } from '../trace/types';
import { CellEstimator } from './cell-estimate';
import { CellSession } from './cell-session';
import { DataGate, type DataPort } from './data-gate';
import { environmentOf } from './environment';
import { faultOf, MemoryRefusal } from './fault';
import { measure, type Measurement } from './measure';
import { memoryRefusal } from './memory-refusal';
import {
  IDLE,
  type BackendChoice,
  type BenchRequest,
  type CellOrder,
  type Command,
  type Estimate,
  type Report,
  type Status,
  type TrainSettings,
} from './protocol';
import { RunSession, type RunOrigin } from './session';
import { storedTests } from './stored-tests';

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
        return this.#work((store) =>
          this.#trainAll(store, command.settings, command.seeds, command.name),
        );
      case 'continue':
        return this.#work((store) => this.#continue(store, command.uid));
      case 'estimate-cells':
        return this.#estimateCells(command.id, command);
      case 'train-cells':
        return this.#work((store) => this.#trainCells(store, command));
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
    const store = () => (this.#store ??= this.host.openStore());
    return storedTests(this.host.build, store, failed);
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
    const { space, ops, scale, warmup, epochs } = config;
    const key = JSON.stringify([space, ops, scale, warmup, epochs]);
    let known = this.#measurements.get(key);
    if (!known) {
      known = await measure(device, config);
      this.#measurements.set(key, known);
    }
    return known;
  }

  async #estimateCells(id: number, order: CellOrder): Promise<void> {
    const refuse = (refusal: string) => ({ id, seconds: 0, bytes: 0, download: 0, refusal });
    let estimate;
    try {
      estimate = this.#busy
        ? refuse('The trainer is at work; the estimate follows when it is done.')
        : { id, ...(await this.#cells.estimate(await this.#ready(), this.#data, order)) };
    } catch (error) {
      estimate = refuse(faultOf(error).message);
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

  #work(job: (store: Store) => Promise<void>): Promise<void> {
    return this.#alone(async () => {
      this.#status({ ...IDLE, state: 'preparing', detail: 'preparing' });
      this.#store ??= this.host.openStore();
      await job(await this.#store);
      const state = this.#stopped ? 'idle' : 'finished';
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
    if (kind === 'storage') this.#store = null;
    if (kind === 'gpu-lost' || kind === 'gpu-error') this.#forgetDevice();
    const uid = this.#session?.uid ?? null;
    const last = this.#session?.status ?? IDLE;
    this.host.post({ type: 'fault', kind, message, uid });
    this.#status({ ...last, state: 'error', detail: message, queue: [], secondsLeft: null });
  }

  async #trainAll(
    store: Store,
    settings: TrainSettings,
    seeds: readonly number[],
    name: string,
  ): Promise<void> {
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
      await this.#runOne(store, data, { head, from: null }, seeds.slice(position + 1));
    }
  }

  async #continue(store: Store, uid: string): Promise<void> {
    const head = (await store.listRuns()).find((run) => run.uid === uid);
    if (!head) throw new Error(`There is no run ${uid} in this browser.`);
    const data = await this.#load(head.config);
    if (data.identity.digest !== head.data.digest) {
      throw new Error(
        'The images are not those that the run was trained on, so it cannot go on with them.',
      );
    }
    const checkpoint = await store.rewindToCheckpoint(uid);
    await this.#runOne(store, data, { head, from: checkpoint }, []);
  }

  async #trainCells(store: Store, order: CellOrder): Promise<void> {
    if (order.cells.length === 0) return;
    const scale = scaleByName(order.scale);
    const config = resolveStandAlone(order.schedule, scale);
    const device = await this.#ready();
    const { refusal } = this.#cells.memory(device, config, order.cells);
    if (refusal) throw new MemoryRefusal(refusal);
    const data = await this.#data.standAlone.load(scale, this.#loading);
    const environment = environmentOf(device, this.host.build);
    const course = { config, data, device, environment };
    const session = new CellSession(this.host, store, course, order.cells);
    this.#session = session;
    // A stop may have come while the images were loaded.
    if (!this.#stopped) await session.run();
  }

  async #runOne(
    store: Store,
    data: SearchData,
    origin: RunOrigin,
    queue: readonly number[],
  ): Promise<void> {
    const device = await this.#ready();
    const session = new RunSession(this.host, store, device, data, origin, queue);
    this.#session = session;
    await session.run();
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
