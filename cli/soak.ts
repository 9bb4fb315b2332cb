import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DEFAULT_SETTINGS } from '../src/paper/regime';
import { resolveConfig } from '../src/paper/resolve';
import { carryOut, SHARED, wholeNumber, type Command } from './lib/flags';
import { loadData, openHostDevice } from './lib/host';
import { growth, soak, type Holding } from './lib/soak';

/* `npm run soak`: trains for long and looks whether memory stays flat. */

const FLAGS = {
  steps: { value: 'N', help: 'bilevel steps, 5000 by default, rounded up to whole epochs' },
  scale: SHARED.scale,
} as const;

const SOAK: Command<keyof typeof FLAGS> = {
  name: 'soak',
  operand: null,
  summary: `Trains a run on wasm, the smallest scale by default, and looks after every epoch at tensors, at
the memory of wasm and at that of JavaScript.`,
  flags: FLAGS,
  notes: 'Exit status: 0 memory is flat; 1 something grew; 2 wrong usage.',
};

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

await carryOut(SOAK, async ({ values: { steps = '5000', scale = 'c4-n1-r8-i512-b16' } }) => {
  const wanted = wholeNumber('--steps', String(steps), 1, 1e6);
  const settings = { ...DEFAULT_SETTINGS, scale: String(scale), epochs: 1 };
  const { stepsPerEpoch } = resolveConfig(settings).effective;
  const config = resolveConfig({ ...settings, epochs: Math.ceil(wanted / stepsPerEpoch) });
  const device = await openHostDevice('wasm');
  const data = await loadData(config.effective.scale);
  const holdings: Holding[] = [];
  for await (const holding of soak(config, data, device, collect)) {
    holdings.push(holding);
    const { steps: done, tensors, wasmBytes, heapBytes } = holding;
    const megabytes = (bytes: number | null) => ((bytes ?? 0) / 1e6).toFixed(1);
    console.log(
      `${done} steps: ${tensors} tensors, ${megabytes(wasmBytes)} MB of wasm, ${megabytes(heapBytes)} MB of JavaScript`,
    );
  }
  const grew = growth(holdings);
  console.log(grew.length === 0 ? 'Memory is flat.' : `Memory grew: ${grew.join('; ')}.`);
  return grew.length === 0 ? 0 : 1;
});
