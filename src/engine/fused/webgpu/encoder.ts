/** A dispatch with all that it needs, or a copy between buffers. */
export type Command =
  | {
      readonly pipeline: GPUComputePipeline;
      readonly group: GPUBindGroup;
      readonly grid: readonly [number, number, number];
    }
  | { readonly copy: Parameters<GPUCommandEncoder['copyBufferToBuffer']> };

/** What happens to the commands besides being encoded. */
export interface Listener {
  /** Told of every command. @returns false when it shall not run */
  command(command: Command): boolean;
  /** Where the next dispatch notes its times; it then has a pass of its own. */
  timestamps(pipeline: GPUComputePipeline): GPUComputePassTimestampWrites | null;
}

/**
 * Stands in for the command encoder that tfjs would use, so that its own kernels are counted,
 * recorded and timed like ours. It has the methods that tfjs 4.22 calls.
 */
export class ListeningEncoder {
  private pass: GPUComputePassEncoder | null = null;

  constructor(
    private readonly encoder: GPUCommandEncoder,
    private readonly listener: Listener,
  ) {}

  beginComputePass(): ListeningPass {
    return new ListeningPass((command) => this.dispatch(command));
  }

  copyBufferToBuffer(...copy: Parameters<GPUCommandEncoder['copyBufferToBuffer']>): void {
    if (!this.listener.command({ copy })) return;
    this.endPass();
    this.encoder.copyBufferToBuffer(...copy);
  }

  finish(): GPUCommandBuffer {
    this.endPass();
    return this.encoder.finish();
  }

  private dispatch(command: Extract<Command, { pipeline: unknown }>): void {
    if (!this.listener.command(command)) return;
    const timestampWrites = this.listener.timestamps(command.pipeline);
    if (timestampWrites) this.endPass();
    this.pass ??= this.encoder.beginComputePass(timestampWrites ? { timestampWrites } : {});
    this.pass.setPipeline(command.pipeline);
    this.pass.setBindGroup(0, command.group);
    this.pass.dispatchWorkgroups(...command.grid);
    if (timestampWrites) this.endPass();
  }

  private endPass(): void {
    this.pass?.end();
    this.pass = null;
  }
}

class ListeningPass {
  private pipeline: GPUComputePipeline | null = null;
  private group: GPUBindGroup | null = null;

  constructor(
    private readonly dispatch: (command: Extract<Command, { pipeline: unknown }>) => void,
  ) {}

  setPipeline(pipeline: GPUComputePipeline): void {
    this.pipeline = pipeline;
  }

  setBindGroup(_index: 0, group: GPUBindGroup): void {
    this.group = group;
  }

  dispatchWorkgroups(x: number, y = 1, z = 1): void {
    this.dispatch({ pipeline: this.pipeline!, group: this.group!, grid: [x, y, z] });
  }

  /** The real pass goes on until a copy or the end of the encoder. */
  end(): void {
    this.pipeline = null;
  }
}
