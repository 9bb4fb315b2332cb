import {
  openDevice,
  type Device,
  type DeviceError,
  type TestMemory,
  type WasmPaths,
} from '../engine/device';
import { reviveGpu } from './gpu-revival';
import type { BackendChoice } from './protocol';

/** Opens the device of the chosen backend when it is first needed, and keeps it. */
export class DeviceGate {
  #device: Device | null = null;
  #opening: Promise<Device> | null = null;
  #choice: BackendChoice = 'auto';

  constructor(
    private readonly wasmPaths: WasmPaths,
    private readonly tests: TestMemory,
  ) {}

  get choice(): BackendChoice {
    return this.#choice;
  }

  /** Another choice than before closes the device. */
  choose(choice: BackendChoice): void {
    if (choice !== this.#choice) this.close();
    this.#choice = choice;
  }

  /** @throws DeviceError when there is none */
  async open(): Promise<Device> {
    if (this.#device) return this.#device;
    this.#opening ??= this.openAnew(this.#choice);
    try {
      this.#device = await this.#opening;
      return this.#device;
    } finally {
      this.#opening = null;
    }
  }

  /** A device beside the one that is kept, for the caller to close. @throws DeviceError */
  openAnew(choice: BackendChoice): Promise<Device> {
    return openDevice(choice, this.wasmPaths, this.tests);
  }

  /**
   * Opens a GPU that was lost again, in its place.
   *
   * @throws DeviceError the loss, when the GPU does not come back
   */
  async revive(lost: Device, loss: DeviceError): Promise<void> {
    this.close();
    this.#device = await reviveGpu(lost, loss, () => this.openAnew('webgpu'));
  }

  close(): void {
    this.#device?.close();
    this.#device = null;
  }
}
