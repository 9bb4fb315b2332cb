import type { Device } from '../engine/device';
import { planMemory } from '../engine/memory-plan';
import { countStepMultiplyAdds } from '../paper/count';
import { DEFAULT_SETTINGS } from '../paper/regime';
import { resolveConfig } from '../paper/resolve';
import { bench, WAYS } from './bench';
import { watchGpu } from './gpu-watch';
import { MemoryRefusal, memoryRefusal } from './memory-refusal';
import type { BenchDocument } from './protocol';

interface BenchJob {
  readonly scale: string;
  readonly rounds: number;
  /** Version and commit of the app. */
  readonly build: string;
  readonly open: () => Promise<Device>;
  readonly report: (text: string) => void;
}

/**
 * One benchmark in a browser, from the device's opening, so that every buffer is counted, to its end.
 *
 * @returns the document, and why this device
 * @throws ScaleError, DeviceError
 * @throws MemoryRefusal when not even our own step fits
 */
export async function runBench(
  job: BenchJob,
): Promise<{ readonly document: BenchDocument; readonly why: string }> {
  const { rounds, build, open, report } = job;
  const { effective } = resolveConfig({ ...DEFAULT_SETTINGS, scale: job.scale });
  const { scale, ops } = effective;
  const gpu = watchGpu();
  let device: Device | null = null;
  try {
    report('opening the device');
    device = await open();
    const { bytes, largest } = planMemory(effective, device);
    const refusal = memoryRefusal(device, bytes, largest);
    if (refusal !== null) throw new MemoryRefusal(refusal);
    const { results, ratios } = await bench([device], {
      config: effective,
      ways: WAYS,
      rounds,
      // Growth needs collections of garbage, which a page cannot ask for.
      growthSteps: 0,
      heapBytes: () => 0,
      gpu,
      report,
    });
    device.check();
    const { name, adapter, code, why } = device;
    const document: BenchDocument = {
      date: new Date().toISOString(),
      build,
      machine: machine(),
      adapters: [{ backend: name, adapter, code }],
      scale,
      multiplyAdds: countStepMultiplyAdds({ ...scale, ops }),
      rounds,
      results,
      ratios,
    };
    return { document, why };
  } catch (error) {
    // A read from a lost device is refused before the loss itself is announced.
    await new Promise((resolve) => setTimeout(resolve, 100));
    device?.check();
    throw error;
  } finally {
    device?.close();
    gpu?.stop();
  }
}

function machine(): BenchDocument['machine'] {
  const { userAgent, hardwareConcurrency } = navigator;
  return { browser: userAgent, cores: hardwareConcurrency };
}
