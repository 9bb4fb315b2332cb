import { describeAdapter, testedName } from '../../src/engine/device';
import type { Store } from '../../src/store/database';
import { storedTests } from '../../src/trainer/stored-tests';

/**
 * Notes that the GPU has passed the self-test of this build, as it does in
 * `tests/browser/engine-webgpu.test.ts`: an emulated GPU takes most of a minute to compile it.
 */
export async function trustGpu(
  store: Store,
  info?: Parameters<typeof describeAdapter>[0],
): Promise<void> {
  info ??= (await navigator.gpu.requestAdapter())!.info;
  const gpu = {
    name: 'webgpu',
    code: 'wgsl',
    adapter: describeAdapter(info),
    options: [],
  } as const;
  const failed = () => {
    throw new Error('The store cannot be written.');
  };
  await storedTests(__BUILD__, () => Promise.resolve(store), failed).remember(testedName(gpu));
}
