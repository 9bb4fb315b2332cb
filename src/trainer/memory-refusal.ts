import type { Device } from '../engine/device';

/** A configuration that does not fit the device. */
export class MemoryRefusal extends Error {
  override readonly name = 'MemoryRefusal';
}

/**
 * Why a step does not fit a device; null when it does.
 *
 * @param bytes of all tensors at the peak
 * @param tensor bytes of the largest
 */
export function memoryRefusal(device: Device, bytes: number, tensor: number): string | null {
  const megabytes = (value: number) => `${Math.round(value / 2 ** 20)} MB`;
  if (tensor > device.limits.tensor) {
    return `Its largest tensor needs ${megabytes(tensor)}; this device takes at most ${megabytes(device.limits.tensor)}.`;
  }
  if (bytes > device.limits.total) {
    return `It needs about ${megabytes(bytes)} of memory; at most ${megabytes(device.limits.total)} can be used here.`;
  }
  return null;
}
