import type { Kernels } from '../../kernels';
import type { FusedKernels } from '../fused';
import { PlainBranches } from '../plain-branches';
import { Classifier } from './classifier';
import { Convolutions } from './convolutions';
import { Mixtures } from './mixtures';
import { Norms } from './norms';
import type { KernelTime } from './profile';
import { Runner } from './runner';
import { Steps } from './steps';

export interface WebGpuOptions {
  /** Threads that keep the device busy. A GPU wants many; a CPU that emulates one wants long ones. */
  readonly threads: number;
  /**
   * True: results of convolutions with batch statistics are stored as 16-bit floats, which halves most
   * of the memory and of its traffic, and leaves them three digits. False by default.
   */
  readonly half?: boolean;
}

/**
 * The supernet's operations as WebGPU compute shaders, made for each shape, on the tensors of tfjs's
 * WebGPU backend. Steps are captured: the second run under a key only replays the commands.
 */
export class WebGpuKernels implements FusedKernels {
  readonly branches: PlainBranches;
  readonly conv: Convolutions['conv'];
  readonly convNorms: Convolutions['convNorms'];
  readonly convInput: Convolutions['convInput'];
  readonly convFilter: Convolutions['convFilter'];
  readonly convFilters: Convolutions['convFilters'];
  readonly moments: Norms['moments'];
  readonly norm: Norms['norm'];
  readonly normSums: Norms['normSums'];
  readonly normInput: Norms['normInput'];
  readonly pool2: Norms['pool2'];
  readonly pool2Input: Norms['pool2Input'];
  readonly headPool: Norms['headPool'];
  readonly headPoolInput: Norms['headPoolInput'];
  readonly mix: Mixtures['mix'];
  readonly mixSums: Mixtures['mixSums'];
  readonly mixConvs: Mixtures['mixConvs'];
  readonly mixInput: Mixtures['mixInput'];
  readonly sourceInput: Mixtures['sourceInput'];
  readonly zeros: Classifier['zeros'];
  readonly classify: Classifier['classify'];
  readonly classifyInput: Classifier['classifyInput'];
  readonly classifyWeights: Classifier['classifyWeights'];
  readonly softmax: Classifier['softmax'];
  readonly softmaxInput: Classifier['softmaxInput'];
  readonly sgd: Steps['sgd'];
  readonly adam: Steps['adam'];
  readonly tally: Steps['tally'];
  readonly augment: Steps['augment'];

  private readonly runner: Runner;

  /** @param device the one that the backend of `k` uses */
  constructor(k: Kernels, device: GPUDevice, { threads, half = false }: WebGpuOptions) {
    this.branches = new PlainBranches(k);
    this.runner = new Runner(k, device);
    const bindings = device.limits.maxStorageBuffersPerShaderStage;
    const context = { k, runner: this.runner, threads, bindings, half };
    ({
      conv: this.conv,
      convNorms: this.convNorms,
      convInput: this.convInput,
      convFilter: this.convFilter,
      convFilters: this.convFilters,
    } = new Convolutions(context));
    ({
      moments: this.moments,
      norm: this.norm,
      normSums: this.normSums,
      normInput: this.normInput,
      pool2: this.pool2,
      pool2Input: this.pool2Input,
      headPool: this.headPool,
      headPoolInput: this.headPoolInput,
    } = new Norms(context));
    ({
      mix: this.mix,
      mixSums: this.mixSums,
      mixConvs: this.mixConvs,
      mixInput: this.mixInput,
      sourceInput: this.sourceInput,
    } = new Mixtures(context));
    ({
      zeros: this.zeros,
      classify: this.classify,
      classifyInput: this.classifyInput,
      classifyWeights: this.classifyWeights,
      softmax: this.softmax,
      softmaxInput: this.softmaxInput,
    } = new Classifier(context));
    ({
      sgd: this.sgd,
      adam: this.adam,
      tally: this.tally,
      augment: this.augment,
    } = new Steps(context));
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
