import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Dawn from 'webgpu';
import type { SearchData } from '../../src/data/search-data';
import { loadSearchData } from '../../src/data/source';
import { loadStandAloneData, type StandAloneData } from '../../src/data/stand-alone-data';
import { DeviceError, openDevice, type Device, type DeviceOptions } from '../../src/engine/device';
import type { Scale } from '../../src/paper/config';
import type { BackendName } from '../../src/trace/types';

/* What Node lends to the layers of src/: files, wasm binaries, a GPU. */

/** Bundles lie in .cache/cli below the root. */
const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The images of a scale, from the folder that the build prepared. */
export function loadData(scale: Scale): Promise<SearchData> {
  return loadSearchData(fromFolder(scale));
}

/** Those of stand-alone training at a scale. */
export function loadCellData(scale: Scale): Promise<StandAloneData> {
  return loadStandAloneData(fromFolder(scale));
}

function fromFolder({ resolution, images }: Scale) {
  const folder = path.join(ROOT, 'public', 'data');
  if (!existsSync(folder)) throw new Error(`The images are missing: there is no ${folder}.`);
  return {
    resolution,
    images,
    cache: null,
    fetchBytes: async (file: string) => new Uint8Array(await readFile(path.join(folder, file))),
  };
}

/**
 * A backend in Node. On webgpu the GPU is Dawn's, through the package `webgpu`.
 *
 * @throws DeviceError saying what is missing, or that the backend's self-test failed
 */
export async function openHostDevice(
  name: BackendName,
  options: DeviceOptions = {},
): Promise<Device> {
  if (name !== 'webgpu') return openDevice(name, wasmFolder());
  await lendGpu();
  let device: Device;
  try {
    // The engine would go on with wasm where the GPU's arithmetic is wrong; here that is an error.
    device = await openDevice('webgpu', wasmFolder(), undefined, options);
  } catch (error) {
    if (!(error instanceof DeviceError) || error.kind !== 'no-backend') throw error;
    throw new DeviceError('no-backend', `${error.message} ${GPU_ADVICE}`);
  }
  if (device.name === 'webgpu') return device;
  device.close();
  throw new DeviceError('no-backend', device.why);
}

const GPU_ADVICE =
  'In Node, WebGPU needs the Vulkan loader (libvulkan1) and a driver; VK_DRIVER_FILES or ' +
  'VK_ICD_FILENAMES may name the driver. --backend wasm needs neither.';

/** Where tfjs's wasm binaries lie; beside the bundle where the package is not installed. */
function wasmFolder(): string {
  try {
    const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
    return path.dirname(main) + path.sep;
  } catch {
    return path.dirname(fileURLToPath(import.meta.url)) + path.sep;
  }
}

/** Makes `navigator.gpu` and the names of WebGPU global, as in a browser. Once is enough. */
export async function lendGpu(): Promise<void> {
  if ((globalThis.navigator as Partial<Navigator> | undefined)?.gpu) return;
  let dawn: typeof Dawn;
  try {
    dawn = await import('webgpu');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DeviceError('no-backend', `The package webgpu cannot be loaded: ${reason}`);
  }
  Object.assign(globalThis, dawn.globals);
  const value = { ...(globalThis.navigator as object | undefined), gpu: dawn.create([]) };
  Object.defineProperty(globalThis, 'navigator', { value, configurable: true });
}
