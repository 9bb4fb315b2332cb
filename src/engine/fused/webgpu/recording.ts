import type { Command } from './encoder';

/** The commands of a step, to be encoded again. */
export class Recording {
  private readonly commands: Command[] = [];

  add(command: Command): void {
    this.commands.push(command);
  }

  get dispatches(): number {
    return this.commands.filter((command) => 'pipeline' in command).length;
  }

  encode(encoder: GPUCommandEncoder): void {
    let pass: GPUComputePassEncoder | null = null;
    let current: GPUComputePipeline | null = null;
    for (const command of this.commands) {
      if ('copy' in command) {
        pass?.end();
        pass = null;
        encoder.copyBufferToBuffer(...command.copy);
        continue;
      }
      if (!pass) {
        pass = encoder.beginComputePass();
        current = null;
      }
      if (command.pipeline !== current) {
        current = command.pipeline;
        pass.setPipeline(current);
      }
      pass.setBindGroup(0, command.group);
      pass.dispatchWorkgroups(...command.grid);
    }
    pass?.end();
  }
}
