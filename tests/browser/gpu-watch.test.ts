import { expect, test } from 'vitest';
import { watchGpu } from '../../src/trainer/gpu-watch';

test('dispatches and bytes of buffers are counted until the watch is taken away', async () => {
  const method = (): unknown => Reflect.get(GPUDevice.prototype, 'createBuffer');
  const original = method();
  const watch = watchGpu()!;
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  const module = device.createShaderModule({
    code: '@compute @workgroup_size(1) fn main() {}',
  });
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } });
  const run = (count: number) => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    for (let i = 0; i < count; i++) pass.dispatchWorkgroups(1);
    pass.end();
    device.queue.submit([encoder.finish()]);
  };
  const make = (size: number) => device.createBuffer({ size, usage: GPUBufferUsage.STORAGE });

  run(3);
  expect(watch.dispatches).toBe(3);
  const small = make(256);
  const large = make(1024);
  expect(watch.bytes).toBe(1280);
  large.destroy();
  large.destroy();
  expect({ bytes: watch.bytes, peak: watch.peakBytes }).toEqual({ bytes: 256, peak: 1280 });
  watch.resetPeak();
  expect(watch.peakBytes).toBe(256);

  watch.stop();
  expect(method()).toBe(original);
  run(2);
  make(512).destroy();
  small.destroy();
  expect({ dispatches: watch.dispatches, bytes: watch.bytes }).toEqual({
    dispatches: 3,
    bytes: 256,
  });
  device.destroy();
});
