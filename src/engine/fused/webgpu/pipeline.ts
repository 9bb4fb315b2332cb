import { gridOf, sourceOf, type Program } from './program';

/** A program that is compiled, or about to be. */
export interface Pipeline {
  readonly name: string;
  readonly layout: GPUBindGroupLayout;
  readonly grid: readonly [number, number];
  readonly descriptor: GPUComputePipelineDescriptor;
  compiled: GPUComputePipeline | null;
}

/** Programs by name and shape, each compiled once. */
export class Pipelines {
  private readonly known = new Map<string, Pipeline>();
  private readonly layouts = new Map<string, GPUBindGroupLayout>();

  constructor(private readonly device: GPUDevice) {}

  /** @param shape all that the program depends on */
  get<Shape extends object>(name: string, shape: Shape, program: (shape: Shape) => Program) {
    const key = `${name} ${JSON.stringify(shape)}`;
    let pipeline = this.known.get(key);
    if (!pipeline) {
      pipeline = this.describe(name, program(shape));
      this.known.set(key, pipeline);
    }
    return pipeline;
  }

  compile(pipeline: Pipeline): GPUComputePipeline {
    pipeline.compiled ??= this.device.createComputePipeline(pipeline.descriptor);
    return pipeline.compiled;
  }

  /** Compiles side by side what is not compiled yet. @param progress from 0 to 1 */
  async compileAll(pipelines: Iterable<Pipeline>, progress: (share: number) => void) {
    const open = [...pipelines].filter(({ compiled }) => !compiled);
    let done = 0;
    await Promise.all(
      open.map(async (pipeline) => {
        pipeline.compiled = await this.device.createComputePipelineAsync(pipeline.descriptor);
        done += 1;
        progress(done / open.length);
      }),
    );
  }

  private describe(name: string, program: Program): Pipeline {
    const { device } = this;
    const layout = this.layout(program.bindings.map(({ access }) => access).join(''));
    return {
      name,
      layout,
      grid: gridOf(program.groups),
      descriptor: {
        label: name,
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module: device.createShaderModule({ label: name, code: sourceOf(program) }) },
      },
      compiled: null,
    };
  }

  private layout(access: string): GPUBindGroupLayout {
    let layout = this.layouts.get(access);
    if (!layout) {
      layout = this.device.createBindGroupLayout({
        entries: [...access].map((kind, binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: kind === 'r' ? 'read-only-storage' : 'storage' },
        })),
      });
      this.layouts.set(access, layout);
    }
    return layout;
  }
}
