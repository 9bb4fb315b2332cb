import type { Scale } from '../../paper/config';
import { SCALES } from '../../paper/scale';
import type { BenchResult, Way } from '../../trainer/protocol';

export const WAY_NAME: Readonly<Record<Way, string>> = {
  stock: 'Stock TensorFlow.js',
  eager: 'Ours, eager',
  captured: 'Ours, captured',
};

const WAY_IN_SENTENCE: Readonly<Record<Way, string>> = {
  stock: 'stock TensorFlow.js',
  eager: 'our kernels launched one by one',
  captured: 'our captured step',
};

/** What each way does, for somebody who sees these names for the first time. */
export const WAY_MEANING: Readonly<Record<Way, string>> = {
  stock:
    'Edge by edge with its own operations and its gradient tape, as one would write it down. On wasm with this app’s convolution gradients, without which it cannot train there.',
  eager: 'This app’s grouped cell and fused kernels, an operation at a time.',
  captured: 'The same kernels, recorded in one step and replayed in the next. On WebGPU only.',
};

const PHASE: Readonly<Record<string, string>> = {
  memory: 'counting memory',
  'warm-up': 'warming up',
};

/** A progress report as a reader wants it: `Ours, eager: warming up`, `Round 2 of 7`. */
export function progressWords(text: string): string {
  const [, way, phase = ''] = /^\w+ (stock|eager|captured): (.+)$/.exec(text) ?? [];
  if (way !== undefined) return `${WAY_NAME[way as Way]}: ${PHASE[phase] ?? phase}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `0.412`, `12.3`, `1,240`: three figures are what a repeated measurement keeps. */
export function milliseconds(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  const rounded = digits === 0 ? Number(value.toPrecision(3)) : value;
  return rounded.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** How one time stands to another: `14 times as fast as`, `about as fast as`, `1.5 times as slow as`. */
function pace(mine: number, other: number): string {
  const ratio = other / mine;
  if (ratio > 1.08) return `${times(ratio)} times as fast as`;
  if (ratio < 1 / 1.08) return `${times(1 / ratio)} times as slow as`;
  return 'about as fast as';
}

function times(ratio: number): string {
  return ratio < 9.95 ? ratio.toFixed(1) : Math.round(ratio).toLocaleString('en');
}

/** The fastest of our ways against stock, in a sentence. */
export function headline(results: readonly BenchResult[]): string {
  const ours = fastest(results.filter(({ way }) => way !== 'stock'));
  const stock = results.find(({ way }) => way === 'stock');
  if (ours === undefined || stock === undefined) return 'Measured.';
  const step = `A step takes ${milliseconds(ours.stepMs)} ms here`;
  return `${step}, ${pace(ours.stepMs, stock.stepMs)} stock TensorFlow.js.`;
}

/** What else stands out, a sentence each. */
export function findings(results: readonly BenchResult[]): string[] {
  const ours = fastest(results.filter(({ way }) => way !== 'stock'));
  const others = results.filter((result) => result !== ours);
  if (ours === undefined) return [];
  const lines: string[] = [];
  for (const other of others) {
    if (other.way !== 'stock') {
      const step = `${capital(WAY_IN_SENTENCE[ours.way])} is ${pace(ours.stepMs, other.stepMs)}`;
      lines.push(`${step} ${WAY_IN_SENTENCE[other.way]}.`);
    }
  }
  const stock = others.find(({ way }) => way === 'stock');
  if (stock === undefined) return lines;
  if (ours.dispatches !== null && stock.dispatches !== null) {
    const host = `${milliseconds(ours.hostMs)} ms of the host instead of ${milliseconds(stock.hostMs)}`;
    const dispatches = `${whole(ours.dispatches)} dispatches instead of ${whole(stock.dispatches)}`;
    lines.push(`Asking the GPU for a step takes ${host} ms, and ${dispatches}.`);
  }
  const held = `At the peak it holds ${memory(ours.tensorBytes)} of tensors`;
  lines.push(`${held}; ${WAY_IN_SENTENCE.stock} holds ${memory(stock.tensorBytes)}.`);
  return lines;
}

/** `925 kB`, `1.64 MB`, `210 MB`: three figures, since small differences matter here. */
export function memory(bytes: number): string {
  const [value, unit] = bytes < 999_500 ? [bytes / 1e3, 'kB'] : [bytes / 1e6, 'MB'];
  return `${Number(value.toPrecision(3)).toLocaleString('en')} ${unit}`;
}

/** The largest part that can be said in words: `62.7 million`, `2.1 billion`. */
export function large(value: number): string {
  if (value >= 1e9) return `${Number((value / 1e9).toPrecision(3)).toLocaleString('en')} billion`;
  return `${Number((value / 1e6).toPrecision(3)).toLocaleString('en')} million`;
}

/** `C=8, N=1, 8×8, batch 64`. */
export function sizeWords({ channels, cells, resolution, batch }: Scale): string {
  return `C=${channels}, N=${cells}, ${resolution}×${resolution}, batch ${batch}`;
}

/** The same with the scale's name in front, if it has one. */
export function scaleWords(scale: Scale): string {
  const named = SCALES.some(({ name }) => name === scale.name);
  return named ? `${scale.name}: ${sizeWords(scale)}` : sizeWords(scale);
}

export function fastest(results: readonly BenchResult[]): BenchResult | undefined {
  return results.toSorted((a, b) => a.stepMs - b.stepMs)[0];
}

export function whole(value: number): string {
  return value.toLocaleString('en');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
