import { openDevice } from '../../src/engine/device';
import { oneShotSuite } from '../support/one-shot-suite';

oneShotSuite('webgpu', async () => (await openDevice('webgpu', '')).kernels, {
  spaces: [1],
  channels: 2,
});
