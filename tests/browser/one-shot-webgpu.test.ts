import { expect, test } from 'vitest';
import { ONE_SHOT_1 } from '../../src/paper/space/nas-bench-1shot1';
import { architecture, expectParity } from '../support/one-shot-suite';
import { FEW, openGpu } from '../support/webgpu';

test('a 1Shot1 supernet on WebGPU equals the plain implementation', async () => {
  const { k, errors, close } = await openGpu(FEW);
  await expectParity(k, architecture(ONE_SHOT_1, 2));
  expect(errors).toEqual([]);
  close();
});
