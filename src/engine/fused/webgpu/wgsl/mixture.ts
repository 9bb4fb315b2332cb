import type { Binding } from '../program';
import { momentsStride } from './moments';
import type { Images } from './run';
import { lanesOf, lines, storage, unpacked, vector, type Stored } from './vector';
import { windowCount, windowOf, type WindowShape } from './window';

/** The mixtures on the edges that leave one node. Entries are places in p, by edge. */
export interface MixShape extends Images {
  readonly run: number;
  readonly edges: number;
  readonly skip: readonly number[] | null;
  readonly pool: readonly number[] | null;
  readonly stored: Stored;
  /** By convolution. */
  readonly convs: readonly (readonly number[])[];
}

/** One binding for the moments of all convolutions; see {@link momentsStride}. */
export function momentBindings({ convs }: MixShape, type: string): Binding[] {
  return convs.length > 0 ? [{ name: 'moments', access: 'r', type }] : [];
}

export function zBindings({ channels, stored }: MixShape, which: readonly number[]): Binding[] {
  const type = storage(lanesOf(channels), stored);
  return which.map((j) => ({ name: `z${j}`, access: 'r', type }));
}

export function nodeBindings({ edges }: MixShape, name: string, access: 'r' | 'w', type: string) {
  return Array.from({ length: edges }, (_, e): Binding => ({ name: `${name}${e}`, access, type }));
}

/** Mean (`row` 0) or inverse deviation (1) of convolution j on edge e at vector `c`. */
export function momentOf({ edges, channels }: MixShape, j: number, e: number, row: 0 | 1): string {
  const lanes = lanesOf(channels);
  const first = (j * momentsStride(edges * channels)) / lanes;
  return `moments[${first + ((row * edges + e) * channels) / lanes}u + c]`;
}

/** z of a convolution at a place. */
export function zOf({ channels, stored }: MixShape, j: number, place: string): string {
  return unpacked(`z${j}[${place}]`, lanesOf(channels), stored);
}

export function pixelsOf({ batch, height, width }: Images): number {
  return batch * height * width;
}

function windowShape({ height, width, channels, run }: MixShape): WindowShape {
  const lanes = lanesOf(channels);
  return { height, width, run, vectors: channels / lanes, lanes };
}

/** Declares `pool0`, `pool1`, ...: the average pool of x at the run's pixels. */
export function poolOf(shape: MixShape): string {
  const window = windowShape(shape);
  const X = vector(window.lanes);
  return `
${lines(shape.run, (t) => `    var pool${t} = ${X}();`)}
${windowOf(
  window,
  (index) => `x[${index}]`,
  (v, dx) =>
    lines(shape.run, (t) => (Math.abs(t - dx) <= 1 ? `pool${t} += ${v};` : '')).replaceAll(
      '\n',
      '',
    ),
)}
${lines(shape.run, (t) => `    pool${t} = pool${t} / ${windowCount(window, t, '0')};`)}`;
}
