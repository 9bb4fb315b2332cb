import { directPlan } from '../fused/branch';
import type { Kernels, Tensor } from '../kernels';

/*
 * Channels from block to block and to a cell's output. Blocks of one width, the usual case, pass them
 * on as they are. Where the output's width does not divide by the blocks that it reads, some are a
 * channel wider; their channels are then chosen by a 1x1 convolution of zeros and ones.
 */

const PLAIN = { stride: 1, relu: false } as const;
const AS_IT_IS = directPlan([0]);

/** The first `width` channels of x, plus `add` (consumed). */
export function carry(k: Kernels, x: Tensor, width: number, add: Tensor | null): Tensor {
  const { fused } = k;
  if (channelsOf(x) === width) return fused.mix(x, k.scalar(1), [], [add], AS_IT_IS)[0]!;
  const first = fused.conv(x, selection(k, channelsOf(x), width, 0), PLAIN);
  if (add === null) return first;
  const sum = fused.mix(first, k.scalar(1), [], [add], AS_IT_IS)[0]!;
  k.free(first);
  return sum;
}

/** Gradient of {@link carry} with respect to x, plus `add` (consumed). */
export function carryInput(k: Kernels, dy: Tensor, x: Tensor, add: Tensor | null): Tensor {
  const { fused } = k;
  const [from, to] = [channelsOf(x), channelsOf(dy)];
  if (from === to) return fused.mixInput(k.scalar(1), [dy], add, AS_IT_IS);
  return fused.convInput(dy, selection(k, from, to, 0), x, add, PLAIN);
}

/** Blocks side by side, `width` channels in all. */
export function joinBlocks(k: Kernels, parts: readonly Tensor[], width: number): Tensor {
  const { fused } = k;
  if (parts.length === 1) return carry(k, parts[0]!, width, null);
  if (areAlike(parts)) return fused.branches.join(parts);
  return placesOf(parts).reduce<Tensor | null>((sum, place, at) => {
    const x = parts[at]!;
    const placed = fused.conv(x, selection(k, channelsOf(x), width, place), PLAIN);
    if (sum === null) return placed;
    const both = fused.mix(placed, k.scalar(1), [], [sum], AS_IT_IS)[0]!;
    k.free(placed);
    return both;
  }, null)!;
}

/** Gradients of {@link joinBlocks}. */
export function splitBlocks(k: Kernels, dy: Tensor, parts: readonly Tensor[]): Tensor[] {
  const { fused } = k;
  if (parts.length === 1) return [carryInput(k, dy, parts[0]!, null)];
  if (areAlike(parts)) return fused.branches.split(dy, parts.length);
  const places = placesOf(parts);
  return parts.map((x, at) => {
    const filter = selection(k, channelsOf(x), channelsOf(dy), places[at]!);
    return fused.convInput(dy, filter, x, null, PLAIN);
  });
}

/** A 1x1 filter that gives channel c as channel c + place, as far as there are so many. */
function selection(k: Kernels, from: number, to: number, place: number): Tensor {
  return k.constant(`channels ${from} to ${to} at ${place}`, [1, 1, from, to], () => {
    const filter = new Float32Array(from * to);
    for (let c = 0; c < from && c + place < to; c++) filter[c * to + c + place] = 1;
    return filter;
  });
}

function placesOf(parts: readonly Tensor[]): number[] {
  return parts.map((_, at) => parts.slice(0, at).reduce((sum, part) => sum + channelsOf(part), 0));
}

function areAlike(parts: readonly Tensor[]): boolean {
  return parts.every((part) => channelsOf(part) === channelsOf(parts[0]!));
}

function channelsOf(x: Tensor): number {
  return x.shape[3]!;
}
