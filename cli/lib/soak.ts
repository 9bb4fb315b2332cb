import type { SearchData } from '../../src/data/search-data';
import type { Device } from '../../src/engine/device';
import type { RunConfig } from '../../src/paper/config';
import { trainRun } from '../../src/trainer/loop';
import { wasmBytes } from '../../src/trainer/bench';

/** What a run holds at the end of an epoch. */
export interface Holding {
  readonly steps: number;
  readonly tensors: number;
  /** Of the memory in which wasm's tensors lie; null elsewhere. */
  readonly wasmBytes: number | null;
  /** Of JavaScript, after a collection. */
  readonly heapBytes: number;
}

/** A heap that is collected still varies by so many bytes. */
const HEAP_SLACK = 4e6;

/** Trains a run through the loop that the app uses, and tells after every epoch what it holds. */
export async function* soak(
  config: RunConfig,
  data: SearchData,
  device: Device,
  collect: () => void,
): AsyncGenerator<Holding> {
  const input = { seed: 0, config, data, device, from: null, toggles: () => [] };
  let steps = 0;
  for await (const progress of trainRun(input)) {
    if (progress.type === 'step') steps += 1;
    if (progress.type !== 'epoch') continue;
    collect();
    yield {
      steps,
      tensors: device.kernels.count,
      wasmBytes: device.name === 'wasm' ? wasmBytes(device.kernels) : null,
      heapBytes: process.memoryUsage().heapUsed,
    };
  }
}

/**
 * What grew, in words; empty when memory is flat. The first quarter is not judged: code is still being
 * compiled, and tables are being filled.
 */
export function growth(holdings: readonly Holding[]): string[] {
  const settled = holdings.slice(holdings.length >> 2);
  const [first, last] = [settled[0], settled.at(-1)];
  if (first === undefined || last === undefined) return [];
  const grew: string[] = [];
  if (last.tensors > first.tensors) grew.push(`tensors: ${first.tensors} to ${last.tensors}`);
  if (first.wasmBytes !== null && last.wasmBytes! > first.wasmBytes) {
    grew.push(`bytes of wasm: ${first.wasmBytes} to ${last.wasmBytes}`);
  }
  if (last.heapBytes > first.heapBytes + HEAP_SLACK) {
    grew.push(`bytes of JavaScript: ${first.heapBytes} to ${last.heapBytes}`);
  }
  return grew;
}
