import { env } from '@tensorflow/tfjs-core';
import { sizeOf, type Kernels, type Tensor } from '../../kernels';
import { webGpuBackend, type WebGpuBackend } from './backend';
import { Buffers } from './buffers';
import { ListeningEncoder, type Command } from './encoder';
import { isHalf } from './half';
import { Pipelines, type Pipeline } from './pipeline';
import { Profile, type KernelTime } from './profile';
import type { Program } from './program';
import { Recording } from './recording';

/** Dispatches after which a batch is sent to the device while the next is encoded. */
const BATCH = 96;
/** Steps that may wait for the device. */
const IN_FLIGHT = 3;

/** Runs programs on tensors of tfjs's WebGPU backend: at once, recorded, or not at all. */
export class Runner {
  readonly buffers: Buffers;
  /** Dispatches so far, tfjs's own among them. */
  dispatches = 0;

  private readonly backend: WebGpuBackend;
  private readonly pipelines: Pipelines;
  private readonly recordings = new Map<string, Recording>();
  private recording: Recording | null = null;
  /** Programs to be compiled, while nothing shall run. */
  private wanted: Set<Pipeline> | null = null;
  private profiled: Profile | null = null;
  private readonly steps: Promise<undefined>[] = [];
  private batch = 0;

  constructor(
    k: Kernels,
    private readonly device: GPUDevice,
  ) {
    this.backend = webGpuBackend(k);
    this.pipelines = new Pipelines(device);
    this.buffers = new Buffers(device);
    this.install();
  }

  /** @param tensors in the order of the program's bindings */
  launch<Shape extends object>(
    name: string,
    shape: Shape,
    program: (shape: Shape) => Program,
    tensors: readonly Tensor[],
  ): void {
    const pipeline = this.pipelines.get(name, shape, program);
    if (this.wanted) {
      this.wanted.add(pipeline);
      return;
    }
    const group = this.device.createBindGroup({
      layout: pipeline.layout,
      entries: tensors.map((tensor, binding) => ({ binding, resource: this.bindingOf(tensor) })),
    });
    const { backend } = this;
    backend.ensureCommandEncoderReady();
    backend.computePassEncoder ??= backend.commandEncoder!.beginComputePass();
    const pass = backend.computePassEncoder;
    pass.setPipeline(this.pipelines.compile(pipeline));
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...pipeline.grid);
    if (++this.batch >= BATCH) this.flush();
  }

  /** Sends what is encoded to the device. */
  flush(): void {
    const { backend } = this;
    this.batch = 0;
    backend.endComputePassEncoder();
    if (backend.commandEncoder) backend.submitQueue();
  }

  run(key: string, body: () => void): void {
    if (this.wanted || this.profiled) {
      body();
      return;
    }
    this.flush();
    const known = this.recordings.get(key);
    if (known) {
      const encoder = this.device.createCommandEncoder();
      known.encode(encoder);
      this.device.queue.submit([encoder.finish()]);
      this.dispatches += known.dispatches;
      return;
    }
    const recording = new Recording();
    this.recording = recording;
    try {
      this.buffers.record(body);
      this.flush();
    } finally {
      this.recording = null;
    }
    this.recordings.set(key, recording);
  }

  forget(): void {
    this.flush();
    this.recordings.clear();
    this.buffers.clear();
  }

  async prepare(body: () => void, progress: (share: number) => void): Promise<void> {
    this.flush();
    const wanted = new Set<Pipeline>();
    this.wanted = wanted;
    env().set('WEBGPU_ENGINE_COMPILE_ONLY', true);
    try {
      this.buffers.record(body);
      this.flush();
    } finally {
      env().set('WEBGPU_ENGINE_COMPILE_ONLY', false);
      this.wanted = null;
    }
    await this.pipelines.compileAll(wanted, progress);
    await this.backend.checkCompileCompletionAsync();
  }

  async pace(): Promise<void> {
    this.flush();
    this.steps.push(this.device.queue.onSubmittedWorkDone());
    if (this.steps.length > IN_FLIGHT) await this.steps.shift();
  }

  /** Runs `body` with every dispatch timed, recorded steps too. Null where the device has no clock. */
  async profile(body: () => void): Promise<KernelTime[] | null> {
    if (!this.device.features.has('timestamp-query')) return null;
    this.flush();
    const profile = new Profile(this.device);
    this.profiled = profile;
    try {
      body();
      this.flush();
    } finally {
      this.profiled = null;
    }
    return profile.times();
  }

  private bindingOf(tensor: Tensor): GPUBufferBinding {
    const { backend } = this;
    let { resource } = backend.tensorMap.get(tensor.dataId);
    if (!resource) {
      backend.uploadToGPU(tensor.dataId);
      resource = backend.tensorMap.get(tensor.dataId).resource!;
    }
    const size = (isHalf(tensor) ? 2 : 4) * sizeOf(tensor.shape);
    return { buffer: resource, offset: 4 * (tensor.offset ?? 0), size };
  }

  private install(): void {
    const { backend, device } = this;
    backend.bufferManager = this.buffers;
    backend.ensureCommandEncoderReady = () => {
      backend.commandEncoder ??= new ListeningEncoder(device.createCommandEncoder(), {
        command: (command) => this.hear(command),
        timestamps: (pipeline) => this.profiled?.next(pipeline.label) ?? null,
      }) as unknown as GPUCommandEncoder;
    };
    // tfjs holds freed buffers back until the commands that use them are submitted. Commands run in
    // their order, so a buffer can serve again at once.
    Object.defineProperty(backend, 'commandQueueOwnedIds', {
      get: () => ({ has: () => false, add: () => undefined }),
      set: () => undefined,
    });
    // tfjs answers later reads with what it read first; tensors change in place here.
    backend.convertAndCacheOnCPU = (_dataId, values) => values;
  }

  /** @returns true when the command shall run */
  private hear(command: Command): boolean {
    if (this.wanted) return false;
    this.recording?.add(command);
    if ('pipeline' in command) this.dispatches += 1;
    return true;
  }
}
