import { RandomStream } from '../../data/random';
import type { Parameter, Parameters } from '../parameters';

/**
 * Flat vectors of a supernet, as those of one whose operations see more channels (methods, section 8):
 * each new channel of a filter, input or output, is a copy of one that it had, drawn at random, and is
 * not scaled down. All vectors take the same copies, so that momentum goes with its weights.
 *
 * @param from layout of the vectors, `[from.size]` each
 * @param to of a supernet that differs from it in `partial` alone
 * @param seed of the run; a stream for each filter
 * @returns `[to.size]` each
 */
export function widened(
  from: Parameters,
  to: Parameters,
  vectors: readonly Float32Array[],
  seed: number,
): Float32Array[] {
  const origins = to.parameters.map((wide, at) => originOf(from.parameters[at]!, wide, seed));
  return vectors.map((vector) =>
    to.build((_, at) => {
      const origin = origins[at]!;
      return (i) => vector[origin(i)]!;
    }),
  );
}

/** Where in the old flat vector an element of a parameter comes from, by its PyTorch flat index. */
function originOf(narrow: Parameter, wide: Parameter, seed: number): (i: number) => number {
  const [outputs = 1, inputs = 1, height = 1, width = 1] = wide.shape;
  const [oldOutputs = 1, oldInputs = 1] = narrow.shape;
  if (outputs === oldOutputs && inputs === oldInputs) return narrow.place;
  // A convolution's bias goes with its outputs.
  const filter = wide.name.replace(/\.(weight|bias)$/, '');
  const copied = (side: string, count: number, old: number) => {
    const stream = RandomStream.named(seed, `widen/${filter}/${side}`);
    return Array.from({ length: count }, (_, channel) =>
      channel < old ? channel : stream.int(old),
    );
  };
  const output = copied('outputs', outputs, oldOutputs);
  const input = copied('inputs', inputs, oldInputs);
  const taps = height * width;
  return (i) => {
    const place = Math.floor(i / taps);
    const from = output[Math.floor(place / inputs)]! * oldInputs + input[place % inputs]!;
    return narrow.place(from * taps + (i % taps));
  };
}
