import { DeviceError, F16_STORAGE, openDevice, type Device } from '../engine/device';
import { openStore } from '../store/database';
import type { BackendName, TraceRun } from '../trace/types';
import { readTraceBlob } from '../trace/unpack';
import type { VerifyReport, VerifyRequest } from './protocol';
import { storedTests } from './stored-tests';
import type { TrainerHost } from './trainer';
import { caveatsOf, requireComparable, verifyRun } from './verify';

/** Trains runs of the store or of a file again, one after the other, and tells what came of it. */
export class Verifier {
  readonly #host: TrainerHost;
  readonly #post: (report: VerifyReport) => void;

  constructor(host: TrainerHost, post: (report: VerifyReport) => void) {
    this.#host = host;
    this.#post = post;
  }

  /** Never rejects: a run that cannot be compared is told, and the next one follows. */
  async carryOut({ source, ...how }: VerifyRequest): Promise<void> {
    let runs: readonly TraceRun[];
    try {
      runs = await readRuns(source);
    } catch (error) {
      this.#post({ type: 'verify-fault', message: messageOf(error) });
      return;
    }
    this.#post({
      type: 'verify-runs',
      runs: runs.map(({ uid, name, seed, epochs: { length } }) => {
        return { uid, name, seed, epochs: length };
      }),
    });
    for (const run of runs) {
      try {
        await this.#verify(run, how);
      } catch (error) {
        this.#post({ type: 'verify-failed', uid: run.uid, message: messageOf(error) });
      }
    }
    this.#post({ type: 'verify-end' });
  }

  async #verify(
    run: TraceRun,
    { epochs, backend, tolerance }: Omit<VerifyRequest, 'source' | 'type'>,
  ): Promise<void> {
    const { uid } = run;
    const { resolution, images } = run.config.effective.scale;
    const data = await this.#host.data.search.load({ resolution, images }, () => undefined);
    requireComparable(run, data);
    const device = await this.#open(run, backend);
    try {
      this.#post({ type: 'verify-start', uid, caveats: await caveatsOf(run, device) });
      const result = await verifyRun(run, {
        epochs,
        device,
        data,
        tolerance,
        hear: (comparison) => this.#post({ type: 'verify-epoch', uid, comparison }),
      });
      this.#post({ type: 'verify-run', uid, result });
    } finally {
      device.close();
    }
  }

  /** What was asked for; else what trained the run, and wasm where a GPU did and there is none. */
  async #open({ environment }: TraceRun, asked: BackendName | null): Promise<Device> {
    const { wasmPaths, build } = this.#host;
    const memory = storedTests(build, this.#host.openStore, () => undefined);
    const half = environment.options?.includes(F16_STORAGE) ?? false;
    const backend = asked ?? environment.backend;
    try {
      return await openDevice(backend, wasmPaths, memory, { half });
    } catch (error) {
      const may = asked === null && backend === 'webgpu' && error instanceof DeviceError;
      if (!may) throw error;
      return openDevice('wasm', wasmPaths, memory);
    }
  }
}

async function readRuns(source: VerifyRequest['source']): Promise<readonly TraceRun[]> {
  if (source.kind === 'file') {
    return (await readTraceBlob(source.file)).runs;
  }
  const store = await openStore(source.database);
  try {
    const runs = await Promise.all(source.uids.map((uid) => store.readRun(uid)));
    return runs.filter((run) => run !== null);
  } finally {
    store.close();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
