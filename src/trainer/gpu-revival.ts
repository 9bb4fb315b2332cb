import { DeviceError, testedName, type Device } from '../engine/device';

/** Losses in a row, without an epoch in between, after which a GPU is given up. */
export const MOST_LOSSES = 3;
/** A browser needs a moment to start its GPU process again. */
const FIRST_WAIT = 500;
const ATTEMPTS = 6;

/** Whether an error means that the GPU is gone, and might come back. */
export function isLostGpu(error: unknown): error is DeviceError {
  return error instanceof DeviceError && error.kind === 'gpu-lost';
}

/**
 * Opens a GPU that was lost again, in under ten seconds or not at all. It must be the same one:
 * another computes other numbers, and that is for the visitor to decide.
 *
 * @param open opens WebGPU, whatever adapter there is
 * @throws DeviceError the loss, when the GPU does not come back
 */
export async function reviveGpu(
  lost: Device,
  loss: DeviceError,
  open: () => Promise<Device>,
): Promise<Device> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT * (attempt + 1)));
    try {
      const device = await open();
      if (testedName(device) === testedName(lost)) return device;
      device.close();
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
    }
  }
  throw loss;
}
