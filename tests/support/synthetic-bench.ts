import { countStepMultiplyAdds } from '../../src/paper/count';
import { OPERATIONS } from '../../src/paper/operation';
import { scaleByName } from '../../src/paper/scale';
import type { BenchDocument, BenchResult, Way } from '../../src/trainer/protocol';

/** A benchmark's document with invented numbers: captured, eager and stock stand as 1 : 4 : 20. */
export function syntheticBench(
  backend: 'webgpu' | 'wasm',
  scaleName: string,
  rounds: number,
): BenchDocument {
  const scale = scaleByName(scaleName);
  const onGpu = backend === 'webgpu';
  const result = (way: Way, stepMs: number, hostMs: number, dispatches: number): BenchResult => ({
    backend,
    way,
    stepMs,
    fastestStepMs: stepMs,
    hostMs,
    stepsPerRound: 8,
    dispatches: onGpu ? dispatches : null,
    tensorBytes: way === 'stock' ? 96e6 : 12e6,
    gpuBytes: onGpu ? (way === 'stock' ? 210e6 : 31e6) : null,
    tensors: way === 'stock' ? 214 : 9,
    growth: null,
  });
  const all = [
    result('stock', 184, 161, 4074),
    result('eager', 36.8, 21.4, 287),
    result('captured', 9.2, 0.412, 287),
  ];
  return {
    date: '2026-03-14T15:09:26.535Z',
    build: '0.0.0+test',
    machine: { browser: 'A browser for tests', cores: 4 },
    adapters: [{ backend, adapter: 'an invented adapter', code: onGpu ? 'wgsl' : 'simd' }],
    scale,
    multiplyAdds: countStepMultiplyAdds({ ...scale, ops: OPERATIONS }),
    rounds,
    results: onGpu ? all : all.slice(0, 2),
    ratios: [],
  };
}
