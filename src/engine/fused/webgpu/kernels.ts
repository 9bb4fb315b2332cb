import type { Kernels } from '../../kernels';
import type { FusedKernels } from '../fused';
import { PlainBranches } from '../plain-branches';
import type { Tuning } from './context';
import { WebGpuOperations } from './operations';
import type { KernelTime } from './profile';
import { Runner } from './runner';

/**
 * The supernet's operations on the tensors of tfjs's WebGPU backend. Steps are captured: the second run
 * under a key only replays the commands.
 */
export class WebGpuKernels extends WebGpuOperations implements FusedKernels {
  readonly branches: PlainBranches;
  private readonly runner: Runner;

  /** @param device the one that the backend of `k` uses */
  constructor(k: Kernels, device: GPUDevice, tuning: Tuning) {
    const runner = new Runner(k, device);
    super({ k, runner, ...tuning });
    this.runner = runner;
    this.branches = new PlainBranches(k);
  }

  run(key: string, body: () => void): void {
    this.runner.run(key, body);
  }

  forget(): void {
    this.runner.forget();
  }

  prepare(body: () => void, progress: (share: number) => void = () => undefined): Promise<void> {
    return this.runner.prepare(body, progress);
  }

  pace(): Promise<void> {
    return this.runner.pace();
  }

  /**
   * Time of each kernel on the device while `body` runs, slowest first; recorded steps run one by one.
   * Null where the device has no timestamps.
   */
  profile(body: () => void): Promise<KernelTime[] | null> {
    return this.runner.profile(body);
  }

  /** Dispatches so far, tfjs's own among them. */
  get dispatches(): number {
    return this.runner.dispatches;
  }

  /** Bytes of all GPU buffers that exist. */
  get bytes(): number {
    return this.runner.buffers.bytes;
  }

  /** Largest {@link bytes} since {@link resetPeak}. */
  get peakBytes(): number {
    return this.runner.buffers.peakBytes;
  }

  resetPeak(): void {
    this.runner.buffers.resetPeak();
  }
}
