import { drawsOf } from '../data/draw';
import type { Device } from '../engine/device';
import { stepsOf } from '../engine/epoch-plan';
import { derivedArchitecture } from '../engine/evaluation/derived';
import { planTraining } from '../engine/evaluation/memory-plan';
import { Training } from '../engine/evaluation/training';
import {
  standAloneStepMultiplyAdds,
  TEST_IMAGES,
  type StandAloneConfig,
} from '../paper/stand-alone';
import { fastest, noise, timesAt, type Measurement, type Times } from './measure';

/** Memory from a plan of the training, its time and its test's from a few real steps on noise. */
export async function measureCell(
  device: Device,
  arch: string,
  config: StandAloneConfig,
): Promise<Measurement> {
  const { batch, images, epochs } = config;
  const { bytes, largest } = planTraining(arch, config, device);
  const { stepSeconds, forwardSeconds } = await timesAt(
    batch,
    standAloneStepMultiplyAdds(arch, config),
    bytes < device.limits.total,
    (size, count) => trial(device, arch, config, size, count),
  );
  const training = epochs * stepsOf({ batch, images }) * stepSeconds;
  const test = (TEST_IMAGES / batch) * forwardSeconds;
  return { stepSeconds, seconds: training + test, bytes, tensor: largest };
}

async function trial(
  device: Device,
  arch: string,
  config: StandAloneConfig,
  batch: number,
  count: number,
): Promise<Times> {
  const { resolution, weights: optimiser } = config;
  const set = noise(batch, resolution);
  const architecture = derivedArchitecture(arch, config);
  const data = { train: set, test: set };
  const training = new Training(device.kernels, architecture, data, batch, { seed: 0 });
  try {
    const numbers = Array.from({ length: count * batch }, (_, i) => i % batch);
    const draws = drawsOf(numbers, resolution, null);
    training.begin({ batch, images: numbers.length, draws, rate: 0, optimiser });
    await training.prepare();
    const stepSeconds = await fastest(count, async () => {
      training.step();
      await training.totals();
      device.check();
    });
    const forwardSeconds = await fastest(Math.min(3, count), async () => {
      await training.evaluate();
    });
    return { stepSeconds, forwardSeconds };
  } finally {
    training.dispose();
  }
}
